"""Several scorers as one."""

from collections.abc import Sequence
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from engines.usage import Usage
from scorers.base import Abstention, Candidate, Judgement, Opinion, ScorerUnavailable, Verdict
from scorers.build import ScorerConfig
from scorers.ensemble import Ensemble, combined
from scorers.maths import Maths
from scorers.order import in_order
from scorers.vote import Vote
from tests.scorers.candidates import LastWord, candidate

READ = TypeAdapter(ScorerConfig).validate_python
scores = st.lists(st.floats(0, 1), min_size=1, max_size=6)
BEGUN, WHOLE = candidate("one", "two", finish=None), candidate("one", "two")


class Says:
    """A scorer of one call and one FLOP a candidate that says the same of each, or fails."""

    relative, remote, alternatives, counts = False, True, 0, frozenset({"flops"})

    def __init__(self, name: str, said: Opinion | ScorerUnavailable, *, partial: bool = True):
        self.name, self.partial, self._said = name, partial, said

    def bound(self, candidates: Sequence[Candidate]) -> Usage:
        return Usage(calls=1, flops=2 * len(candidates))

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        if isinstance(self._said, ScorerUnavailable):
            raise self._said
        return Judgement((self._said,) * len(candidates), Usage(calls=1, flops=len(candidates)))


HIGH = Says("high", Verdict(0.8, (0.6, 0.8)))
LOW = Says("low", Verdict(0.4, (0.2, 0.4)))
ORM = Says("orm", Verdict(0.5, (0.5,)), partial=False)
SILENT = Says("silent", Abstention("nothing to say"))
DOWN = Says("down", ScorerUnavailable("refused"))
UNASKED = Says("unasked", ScorerUnavailable("no room", unspent=True))


def ensemble(*members, how="mean", k=1.0) -> Ensemble:
    return Ensemble("it", members, how, k)


@pytest.mark.parametrize(
    ("how", "score", "rewards"),
    [("mean", 0.6, (0.4, 0.6)), ("min", 0.4, (0.2, 0.4)), ("lower_bound", 0.4, (0.2, 0.4))],
)
async def test_scores_and_rewards_become_one(how, score, rewards):
    (opinion,) = (await ensemble(HIGH, LOW, how=how).judge((WHOLE,))).opinions
    assert opinion.score == pytest.approx(score)
    assert opinion.rewards == pytest.approx(rewards)


async def test_where_members_rate_differently_the_score_is_the_one_reward():
    (opinion,) = (await ensemble(HIGH, ORM).judge((WHOLE,))).opinions
    assert opinion == Verdict(0.65, (0.65,))


@pytest.mark.parametrize(
    ("absent", "why"), [(SILENT, "silent: nothing to say"), (DOWN, "down: refused")]
)
async def test_a_member_without_a_score_is_left_out_and_named(absent, why):
    (opinion,) = (await ensemble(absent, HIGH).judge((WHOLE,))).opinions
    assert opinion == Verdict(0.8, (0.6, 0.8), (why,))


async def test_where_no_member_has_a_score_there_is_none():
    (opinion,) = (await ensemble(SILENT, DOWN).judge((WHOLE,))).opinions
    assert isinstance(opinion, Abstention)
    assert "silent: nothing to say; down: refused" in opinion.reason


@pytest.mark.parametrize(("members", "unspent"), [((DOWN, UNASKED), False), ((UNASKED,), True)])
async def test_where_all_members_fail_it_fails(members, unspent):
    with pytest.raises(ScorerUnavailable, match="no room") as caught:
        await ensemble(*members).judge((WHOLE,))
    assert caught.value.unspent is unspent


async def test_the_bill_is_the_sum_and_of_a_failed_member_the_most_it_may_have_cost():
    scorer = ensemble(HIGH, LOW, DOWN, UNASKED)
    judgement = await scorer.judge((WHOLE, WHOLE))
    assert judgement.usage == Usage(calls=3, flops=2 + 2 + 4)
    assert scorer.bound((WHOLE, WHOLE)) == Usage(calls=4, flops=16)


async def test_beginnings_are_judged_only_if_every_member_can():
    assert ensemble(HIGH, LOW).partial
    scorer = ensemble(HIGH, ORM)
    begun, whole = (await scorer.judge((BEGUN, WHOLE))).opinions
    assert (begun, scorer.partial) == (Abstention("the solution is unfinished"), False)
    assert isinstance(whole, Verdict)
    assert (await scorer.judge((BEGUN,))).usage == scorer.bound((BEGUN,)) == Usage()


def test_it_needs_and_knows_what_its_members_do():
    vote = Vote("vote", LastWord(), None)
    scorer = ensemble(HIGH, vote)
    assert (scorer.relative, scorer.remote, scorer.alternatives) == (True, True, 0)
    assert scorer.counts == {"flops"}
    assert not ensemble(vote, vote).remote


async def test_a_member_that_compares_is_told_the_right_answer():
    scorer = ensemble(Maths("maths", LastWord(), None, None), ORM)
    assert (scorer.compares, scorer.untold) == (True, True)
    told = scorer.told("42")
    (opinion,) = (await told.judge((candidate("Answer: 42"),))).opinions
    assert (opinion.score, told.untold) == (0.75, False)
    assert not ensemble(HIGH, LOW).compares


@given(given=scores, k=st.floats(0, 5))
def test_the_worst_is_below_the_mean_and_so_is_the_lower_bound(given, k):
    mean, low = combined(given, "mean", k), combined(given, "lower_bound", k)
    assert 0 <= low <= mean <= 1
    assert combined(given, "min", k) <= mean + 1e-12
    assert mean == pytest.approx(fmean(given))


@given(given=scores)
def test_without_deviations_the_lower_bound_is_the_mean(given):
    assert combined(given, "lower_bound", 0) == combined(given, "mean", 1)


@given(one=st.floats(0, 1), times=st.integers(1, 5), how=st.sampled_from(["min", "lower_bound"]))
def test_members_that_agree_are_believed(one, times, how):
    assert combined([one] * times, how, 3.0) == pytest.approx(one, abs=1e-6)


def configured(**members: tuple[str, ...]):
    kinds = {name: {"kind": "ensemble", "members": m} if m else {"kind": "vote"}
             for name, m in members.items()}  # fmt: skip
    return {name: READ(kind) for name, kind in kinds.items()}


def test_members_come_before_those_that_need_them():
    order = in_order(configured(c=("b", "a"), b=("a", "d"), a=(), d=()))
    assert order.index("a") < order.index("b") < order.index("c")


@pytest.mark.parametrize(
    ("members", "complaint"),
    [
        ({"a": ("a", "v"), "v": ()}, "a scorer cannot need itself: a needs a"),
        ({"a": ("b", "v"), "b": ("a", "v"), "v": ()}, "(a needs b needs a|b needs a needs b)"),
        ({"a": ("x", "v"), "v": ()}, "scorer a needs x, which is not among the scorers"),
    ],
)
def test_an_ensemble_of_itself_or_of_nobody_is_refused(members, complaint):
    with pytest.raises(ValueError, match=complaint):
        in_order(configured(**members))
