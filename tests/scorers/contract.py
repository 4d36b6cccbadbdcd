"""What every scorer promises, as tests. A subclass in a test file gives the `scorer`."""

import asyncio

import pytest

from scorers.base import Abstention, Candidate, Scorer, Verdict
from tests.scorers.candidates import candidate, prompt

FIRST = candidate("6 * 7 is 6 * 5 + 6 * 2.\n", "Answer: 42")
SECOND = candidate("6 * 7 is about 40.\n\n", "\n", "So,\n perhaps:\nAnswer: 41")
THIRD = candidate("Answer: 42.0")
BEGUN = candidate("6 * 7 is\n", finish=None)
UNWRITTEN = Candidate(prompt(), (), "eos")
BLANK = candidate("", "\n")
OTHER_QUESTION = candidate("Answer: 4", asked=prompt("Hi\n\nthere", "Yes?", "2+2", system="Short"))
ALL = (FIRST, SECOND, THIRD, BEGUN, UNWRITTEN, BLANK, OTHER_QUESTION)


class ScorerContract:
    """The promises."""

    @pytest.fixture
    def scorer(self) -> Scorer:
        # Every subclass gives its own; one that forgot is told so, not passed.
        raise NotImplementedError

    async def test_each_candidate_has_an_opinion_at_its_place(self, scorer: Scorer):
        judged = await scorer.judge(ALL)
        turned = await scorer.judge(ALL[::-1])
        assert len(judged.opinions) == len(ALL)
        assert judged.opinions == turned.opinions[::-1]

    async def test_equal_candidates_have_equal_opinions(self, scorer: Scorer):
        first, *_, last = (await scorer.judge((FIRST, SECOND, FIRST))).opinions
        assert first == last

    async def test_finished_solutions_have_scores(self, scorer: Scorer):
        opinions = (await scorer.judge((FIRST, SECOND))).opinions
        assert all(isinstance(o, Verdict) and 0 <= o.score <= 1 for o in opinions)

    async def test_rewards_are_one_a_step_or_one_in_all(self, scorer: Scorer):
        opinions = (await scorer.judge(ALL)).opinions
        pairs = zip(ALL, opinions, strict=True)
        counts = [(len(o.rewards), len(c.steps)) for c, o in pairs if isinstance(o, Verdict)]
        assert all(rewards in {1, steps} for rewards, steps in counts)

    async def test_an_abstention_has_a_reason(self, scorer: Scorer):
        opinions = (await scorer.judge(ALL)).opinions
        assert all(o.reason for o in opinions if isinstance(o, Abstention))

    async def test_a_solution_without_text_is_no_error(self, scorer: Scorer):
        opinions = (await scorer.judge((FIRST, UNWRITTEN, BLANK))).opinions
        assert len(opinions) == 3

    async def test_the_unfinished_are_judged_by_those_that_can(self, scorer: Scorer):
        begun, _ = (await scorer.judge((BEGUN, FIRST))).opinions
        assert isinstance(begun, Verdict if scorer.partial else Abstention)

    async def test_nothing_to_judge_is_no_error(self, scorer: Scorer):
        judgement = await scorer.judge(())
        assert judgement.opinions == ()
        assert judgement.usage.calls == 0

    @pytest.mark.parametrize("judged", [ALL, (FIRST,), (BEGUN,), (UNWRITTEN,), (BLANK,), ()])
    async def test_the_bill_is_within_the_bound(self, scorer: Scorer, judged):
        bound, usage = scorer.bound(judged), (await scorer.judge(judged)).usage
        assert usage.calls <= bound.calls
        assert usage.prompt_tokens <= bound.prompt_tokens
        assert usage.completion_tokens <= bound.completion_tokens
        assert usage.flops <= bound.flops

    async def test_cancelling_leaves_nothing_running(self, scorer: Scorer):
        await scorer.judge((FIRST, SECOND))
        before = asyncio.all_tasks()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(judge_for_ever(scorer), 0.1)
        async with asyncio.timeout(5):
            while asyncio.all_tasks() - before:  # noqa: ASYNC110 - there is no event for it
                await asyncio.sleep(0)


async def judge_for_ever(scorer: Scorer) -> None:
    while True:
        await scorer.judge((candidate("a slow one\n", "Answer: 1"), THIRD))
        await asyncio.sleep(0)
