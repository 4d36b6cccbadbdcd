"""The order of solutions whose ideas are known."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from engines.base import Prompt, Step
from engines.fake import FakeEngine
from scorers.base import Abstention, Candidate, Opinion, Scored, Verdict
from scorers.programs.report import Failure, TestReport
from search.arranging import arranged, overlap, passed
from search.strategies import BestOfN
from tests.search.world import ASKED, models, search

PROMPT = Prompt(ASKED)
IDEAS = st.frozensets(st.sampled_from("abcd"), max_size=3)


def program(name: str, opinion: Opinion) -> Scored:
    return Scored(PROMPT, (Step(name, 1),), "eos", opinion=opinion, scorer="tests")


def verdict(score: float, right: bool | None = None) -> Verdict:
    failure = None if right else Failure(0, "t", "r")
    report = None if right is None else TestReport(int(right), 1, "request", 0.0, failure)
    return Verdict(score, (score,), report=report)


OPINIONS = st.builds(
    verdict, st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from([None, True, False])
)
OPINIONS |= st.just(Abstention("no"))
DRAWN = st.lists(st.tuples(OPINIONS, IDEAS), max_size=12)


def ordered(drawn) -> tuple[list[Scored], list[frozenset[str]]]:
    programs = [program(str(i), opinion) for i, (opinion, _) in enumerate(drawn)]
    ranked = arranged(programs, [ideas for _, ideas in drawn])
    return ranked, [drawn[int(one.text)][1] for one in ranked]


@given(DRAWN)
def test_all_solutions_are_ranked_once(drawn) -> None:
    ranked, _ = ordered(drawn)
    assert sorted(int(one.text) for one in ranked) == list(range(len(drawn)))


@given(DRAWN)
def test_those_that_pass_are_before_the_rest_and_then_scores_fall(drawn) -> None:
    ranked, _ = ordered(drawn)
    grades = [(bool(passed(one)), -1.0 if one.score is None else one.score) for one in ranked]
    assert all(before >= after for before, after in pairwise(grades))


@given(st.lists(IDEAS, max_size=10))
def test_of_equals_the_next_is_the_least_like_those_before_it(ideas) -> None:
    _, order = ordered([(verdict(0.5), one) for one in ideas])
    for place in range(1, len(order)):
        likeness = [max(overlap(one, seen) for seen in order[:place]) for one in order[place:]]
        assert likeness[0] == min(likeness)


@given(IDEAS, IDEAS)
def test_overlap_is_a_share_the_same_both_ways(a, b) -> None:
    assert overlap(a, b) == overlap(b, a)
    assert 0 <= overlap(a, b) <= 1
    assert overlap(a, a) == 1


def test_two_observations_of_which_one_is_shared_overlap_by_a_third() -> None:
    assert overlap(frozenset("ab"), frozenset("bc")) == 1 / 3


class _Backwards(BestOfN):
    """Ranks what it drew backwards."""

    @override
    async def run(self, search, root) -> Candidate:
        await super().run(search, root)
        search.arrange(search.pool[::-1])
        return search.pool[2]


class _Around(BestOfN):
    """Runs that inside itself, and returns its answer."""

    @override
    async def run(self, search, root) -> Candidate:
        [answer] = await search.inside(_Backwards(n=5), root)
        return answer


@pytest.mark.parametrize(("strategy", "ranked"), [(_Backwards(n=5), "24310"), (_Around(), "20134")])
async def test_others_are_ranked_as_the_strategy_arranges_them_but_not_as_one_inside_it(
    strategy, ranked
) -> None:
    engine = FakeEngine(lambda request, i: str(i))
    outcome, _ = await search(strategy, models(engine))
    assert "".join(one.text for one in outcome.ranked) == ranked
