"""Scorers that are down are left alone for a while, and then tried again."""

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.errors import EngineUnavailable, RequestRefused
from engines.fake import FakeEngine
from scorers.base import Judgement, ScorerBaffled, ScorerUnavailable
from scorers.breaker import Breaker, BreakerConfig, Guarded
from scorers.build import ConfidenceConfig, JudgeConfig, PrmPoolingConfig
from scorers.ensemble import EnsembleConfig
from scorers.opening import open_scorers
from search.strategies import BestOfN
from tests.scorers.candidates import LastWord, candidate
from tests.scorers.pooling import Pooling, serving
from tests.search.world import SharesOfB, models, search

WHOLE = candidate("b")
LEFT_ALONE = "left alone for 10 s, having failed 2 times in a row, at last because: refused"


class Patient(SharesOfB):
    """Fails while it is told to, and counts who asks."""

    def __init__(self) -> None:
        self.asked, self.failure = 0, None

    async def judge(self, candidates) -> Judgement:
        self.asked += 1
        if self.failure:
            raise self.failure
        await asyncio.sleep(0)
        return await super().judge(candidates)


class World:
    """A scorer under guard, and the time."""

    def __init__(self, failures: int = 2, seconds: float = 10.0) -> None:
        self.now, self.scorer = 0.0, Patient()
        config = BreakerConfig(failures=failures, seconds=seconds)
        self.guarded = Guarded(self.scorer, Breaker(config, lambda: self.now))

    async def ask(self, failure: Exception | None = None) -> bool:
        """Return whether the scorer was asked, with success or not."""
        self.scorer.failure, before = failure, self.scorer.asked
        with suppress(ScorerUnavailable):
            await self.guarded.judge((WHOLE,))
        return self.scorer.asked > before


REFUSED = ScorerUnavailable("refused")


async def test_after_failures_in_a_row_it_is_not_asked_and_that_is_said() -> None:
    world = World()
    assert [await world.ask(REFUSED) for _ in range(4)] == [True, True, False, False]
    with pytest.raises(ScorerUnavailable, match=LEFT_ALONE) as caught:
        await world.guarded.judge((WHOLE,))
    assert caught.value.unspent


async def test_an_answer_between_failures_starts_the_count_anew() -> None:
    world = World()
    asked = [await world.ask(failure) for failure in (REFUSED, None, REFUSED, None, REFUSED)]
    assert all(asked)
    assert await world.ask()


async def test_when_the_time_is_over_one_is_let_through_and_then_all() -> None:
    world = World()
    for _ in range(2):
        await world.ask(REFUSED)
    world.now, world.scorer.failure = 10.0, None
    judging = [world.guarded.judge((WHOLE,)) for _ in range(3)]
    first, *others = await asyncio.gather(*judging, return_exceptions=True)  # noqa: TID251
    assert isinstance(first, Judgement)
    assert all(isinstance(other, ScorerUnavailable) for other in others)
    assert await world.ask()


async def test_a_trial_that_fails_begins_the_time_anew() -> None:
    world = World()
    for _ in range(2):
        await world.ask(REFUSED)
    world.now = 10.0
    assert await world.ask(REFUSED)
    world.now = 19.0
    assert not await world.ask()


async def test_a_trial_that_is_cancelled_leaves_the_next_to_try() -> None:
    world = World()
    for _ in range(2):
        await world.ask(REFUSED)
    world.now, world.scorer.failure = 10.0, None
    trial = asyncio.ensure_future(world.guarded.judge((WHOLE,)))
    await asyncio.sleep(0)
    assert not await world.ask()
    trial.cancel()
    await asyncio.wait([trial])
    assert await world.ask()


async def test_what_it_cannot_judge_is_not_its_failure() -> None:
    world = World()
    refused = ScorerUnavailable("too long")
    refused.__cause__ = RequestRefused("too long")
    for failure in (REFUSED, ScorerBaffled("no rows"), REFUSED, refused, REFUSED):
        assert await world.ask(failure)
    assert await world.ask()


events = st.lists(st.tuples(st.floats(0, 20), st.booleans()), max_size=40)


@given(events=events, limit=st.integers(1, 4))
async def test_it_is_asked_unless_its_last_answers_were_failures_of_late(events, limit) -> None:
    world, row, failed_at = World(limit), 0, 0.0
    for passed, fails in events:
        world.now += passed
        alone = row >= limit and world.now < failed_at + 10
        assert await world.ask(REFUSED if fails else None) is not alone
        if not alone:
            row, failed_at = (row + 1 if fails else 0), world.now


async def test_a_search_goes_on_with_the_next_of_the_chain() -> None:
    world = World(failures=1)
    await world.ask(REFUSED)
    outcome, _ = await search(BestOfN(n=4), models(None, world.guarded, SharesOfB()))
    assert outcome.degradations[0].startswith("scorer shares_of_b failed: it is left alone")
    assert outcome.answer.score == 1
    assert world.scorer.asked == 1


async def test_every_scorer_that_asks_a_server_is_guarded() -> None:
    def down(*_: object) -> float:
        raise EngineUnavailable("refused")

    configs = {"judge": JudgeConfig(), "sure": ConfidenceConfig()}
    configs["both"] = EnsembleConfig(members=("judge", "sure"))
    engine = FakeEngine(lambda *_: "", logprob=down)
    async with open_scorers(configs, engine, LastWord(), BreakerConfig(failures=1)) as scorers:
        both = [(await scorers["both"].judge((WHOLE,))).opinions[0] for _ in range(3)]
    assert len(engine.seen) == 1
    assert "left alone" in both[2].missing[0]
    assert list(scorers) == ["judge", "sure", "both"]


async def test_a_reward_model_that_finds_no_steps_is_up_and_asked_again() -> None:
    async with serving(Pooling()) as server:
        configs, fake = {"prm": PrmPoolingConfig(url=server.url)}, FakeEngine(lambda *_: "")
        async with open_scorers(configs, fake, LastWord(), BreakerConfig(failures=1)) as scorers:
            server.rows = lambda _: []
            for i in range(3):
                with pytest.raises(ScorerBaffled):
                    await scorers["prm"].judge((candidate(f"{i}"),))
