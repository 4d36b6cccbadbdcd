"""Solutions that no search has drawn: how they become candidates, and who judges them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.base import Prompt
from engines.usage import Usage
from scorers.base import Abstention, Candidate, ScorerUnavailable, Verdict
from scorers.vote import Vote
from search.budget import Budget
from search.errors import BudgetExhausted
from search.scoring import ended, score_solutions, solution, split, unfit
from tests.search.world import ASKED, Broken, LastWord, SharesOfB, Silent

PROMPT = Prompt(ASKED)
texts = st.text("ab\n", max_size=12)
ends = st.text("ab\n", min_size=1, max_size=3)


class Counting(SharesOfB):
    """Notes how many it was shown."""

    def __init__(self) -> None:
        self.shown: list[int] = []

    async def judge(self, candidates):
        self.shown.append(len(candidates))
        return await super().judge(candidates)


class Reading(SharesOfB):
    name, alternatives = "reading", 1


class Whole(SharesOfB):
    name, partial = "whole", False


def solutions(*steps: tuple[str, ...], finished: bool = True) -> list[Candidate]:
    return [solution(PROMPT, s, finished=finished) for s in steps]


@given(text=texts, end=ends)
def test_the_steps_of_a_text_join_to_it_and_each_but_the_last_has_its_end(text, end) -> None:
    steps = split(text, end)
    assert "".join(steps) == text
    assert all(step.endswith(end) for step in steps[:-1])
    assert all(steps)


@given(steps=st.lists(texts, max_size=4), end=ends)
def test_steps_are_kept_apart_by_the_end_they_lack(steps, end) -> None:
    closed = ended(steps, end)
    assert len(closed) == len(steps)
    assert all(step.endswith(end) for step in closed[:-1])
    assert all(c.startswith(s) for c, s in zip(closed, steps, strict=True))


async def test_each_solution_has_a_reward_for_each_of_its_steps() -> None:
    scores = await score_solutions(solutions(("b", "a"), ("b",)), [SharesOfB()])
    assert [s.opinion for s in scores.scored] == [Verdict(0.5, (1.0, 0.0)), Verdict(1.0, (1.0,))]
    assert (scores.usage, scores.degradations) == (Usage(calls=1, flops=2), ())


async def test_equal_solutions_are_judged_once_and_other_steps_of_the_same_text_apart() -> None:
    scorer = Counting()
    scores = await score_solutions(solutions(("b", "a"), ("ba",), ("b", "a")), [scorer])
    assert scorer.shown == [2]
    assert [s.score for s in scores.scored] == [0.5, 1.0, 0.5]


async def test_votes_count_repeats() -> None:
    judged = solutions(("Answer: 1",), ("Answer: 1",), ("Answer: 2",))
    scores = await score_solutions(judged, [Vote("vote", LastWord(), None)])
    assert [s.score for s in scores.scored] == pytest.approx([2 / 3, 2 / 3, 1 / 3])


async def test_the_next_of_the_chain_judges_all_where_one_fails_and_that_is_said() -> None:
    scores = await score_solutions(solutions(("b",), ("a",)), [Broken(), SharesOfB()])
    assert [(s.score, s.scorer) for s in scores.scored] == [(1, "shares_of_b"), (0, "shares_of_b")]
    assert scores.degradations == ("scorer broken failed: connection refused",)


async def test_where_all_abstain_each_solution_has_the_last_ones_reason() -> None:
    scores = await score_solutions(solutions(("b",), ("b",)), [Silent(), Broken()])
    assert [s.opinion for s in scores.scored] == [Abstention("nothing to say")] * 2
    assert [s.scorer for s in scores.scored] == ["silent"] * 2
    assert scores.usage.calls == 1
    assert len(scores.degradations) == 2


async def test_where_all_fail_there_are_no_scores() -> None:
    with pytest.raises(ScorerUnavailable, match="scorer broken failed: connection refused"):
        await score_solutions(solutions(("b",)), [Broken()])


async def test_a_budget_is_kept() -> None:
    with pytest.raises(BudgetExhausted):
        await score_solutions(solutions(("b",), ("a",)), [SharesOfB()], Budget(flops=1))


def test_a_scorer_that_cannot_judge_a_text_or_a_beginning_is_unfit() -> None:
    assert "log-probabilities" in (unfit(Reading(), finished=True) or "")
    assert "whole" in (unfit(Whole(), finished=False) or "")
    assert unfit(Whole(), finished=True) is unfit(SharesOfB(), finished=False) is None
