"""What every strategy gets for free, checked for every strategy."""

import asyncio
from dataclasses import replace
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from engines.base import Generation, Listener, Request
from engines.errors import EngineUnavailable
from engines.fake import FakeEngine
from search import Budget, Task, run_search
from search.compatible import parts_of
from search.errors import ReplayMismatch
from search.events import Drafted, Generated, Trace
from search.replay import Replay
from search.strategies import KINDS, AnyStrategy, OneSample, Strategy
from tests.search.world import (
    ASKED,
    HOURGLASS,
    STRATEGIES,
    TASK,
    a_or_b,
    bill,
    every_strategy,
    hanging,
    models,
    search,
)

TRACE = TypeAdapter(Trace)
STRATEGY = TypeAdapter(AnyStrategy)


@every_strategy
async def test_the_trace_replays_and_adds_up_to_the_bill(strategy: Strategy) -> None:
    world = models()
    outcome, trace = await search(strategy, world)
    kept = [e for e in trace if not isinstance(e, Drafted)]
    replay = Replay(TRACE.validate_json(TRACE.dump_json(kept)), world.engine.capabilities)
    replayed = replace(replay.models, scorers=replay.models.scorers or world.scorers)

    again, _ = await search(strategy, replayed)

    assert again == outcome
    assert bill(trace) == outcome.usage
    with pytest.raises(ReplayMismatch, match=r"request 1.0 is not in the trace"):
        await search(strategy, replayed, seed=1)


@every_strategy
async def test_the_order_of_completions_does_not_matter(strategy: Strategy) -> None:
    async def once(jitter: int):
        engine = FakeEngine(a_or_b, latency=lambda r: (r.seed * jitter) % 7 / 2000)
        for words in ("a a\n\nb b\n\nAnswer: a", "b"):
            await engine.tokenize(words)  # It numbers words as it meets them.
        return (await search(strategy, models(engine), Budget(tokens=90)))[0]

    assert await once(1) == await once(2) == await once(3)


class Crowded(FakeEngine):
    """Knows how many samples it was drawing at one time, at most."""

    drawing, most = 0, 0

    async def generate(self, request: Request, listen: Listener | None = None) -> Generation:
        self.drawing += request.n
        self.most = max(self.most, self.drawing)
        try:
            return await super().generate(request, listen)
        finally:
            self.drawing -= request.n


@every_strategy
async def test_no_more_is_drawn_at_once_than_is_said(strategy: Strategy) -> None:
    engine = Crowded(a_or_b)
    world = models(engine)
    await search(strategy, world)
    assert 1 <= engine.most <= max(part.at_once for part in parts_of(strategy, world))


@every_strategy
@settings(deadline=None)
@given(
    tokens=st.integers(1, 150) | st.just(inf),
    flops=st.integers(1, 300) | st.just(inf),
    calls=st.integers(1, 12) | st.just(inf),
)
def test_never_overspends(strategy: Strategy, tokens: float, flops: float, calls: float) -> None:
    budget = Budget(tokens=tokens, flops=flops, calls=calls)
    outcome = asyncio.run(run_search(strategy, TASK, models(), budget))
    spent = outcome.usage
    assert spent.completion_tokens <= tokens
    assert spent.flops <= flops
    assert spent.calls <= calls
    assert (outcome.stop == "budget") == (outcome.exhausted is not None)


@every_strategy
async def test_no_answer_is_longer_than_the_request_allows(strategy: Strategy) -> None:
    outcome, _ = await search(strategy, sampling=replace(TASK.sampling, max_tokens=5))
    assert all(candidate.tokens <= 5 for candidate in outcome.ranked)
    assert outcome.answer.finish == "length"


@every_strategy
async def test_cancelling_aborts_everything_in_flight(strategy: Strategy) -> None:
    started = asyncio.Event()
    engine = FakeEngine(a_or_b, latency=lambda _: started.set() or 60)
    task = asyncio.ensure_future(run_search(strategy, TASK, models(engine), Budget()))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert set(engine.aborted) == {request.id for request in engine.seen} != set()


@every_strategy
async def test_a_deadline_returns_the_best_so_far_and_bills_what_came_back(
    strategy: Strategy,
) -> None:
    engine = FakeEngine(a_or_b, latency=hanging(lambda r: r.id != "1.0"))
    outcome, trace = await search(strategy, models(engine), HOURGLASS)
    one_round = len(engine.seen) == 1
    assert outcome.stop == ("finished" if one_round else "deadline")
    assert outcome.answer.text
    assert bill(trace) == outcome.usage


@every_strategy
async def test_a_deadline_before_anything_came_is_an_empty_answer(strategy: Strategy) -> None:
    engine = FakeEngine(a_or_b, latency=hanging())
    outcome, _ = await search(strategy, models(engine), HOURGLASS)
    assert (outcome.stop, outcome.answer.text, outcome.exhausted) == ("deadline", "", "seconds")


@every_strategy
async def test_a_dead_engine_is_not_papered_over(strategy: Strategy) -> None:
    def dies(request: Request, i: int) -> str:
        raise EngineUnavailable("down")

    with pytest.raises(EngineUnavailable, match="down"):
        await search(strategy, models(FakeEngine(dies)))


@every_strategy
async def test_a_callers_stop_string_ends_the_answer_and_is_not_in_it(strategy: Strategy) -> None:
    engine = FakeEngine(lambda request, i: f"{a_or_b(request, i)} END of story")
    asked = replace(TASK.sampling, stop=("END",))
    outcome, _ = await search(strategy, models(engine), sampling=asked)
    assert outcome.answer.finish == "stop"
    assert outcome.answer.text.endswith(("a ", "b "))


@every_strategy
def test_survives_json(strategy: Strategy) -> None:
    assert STRATEGY.validate_json(STRATEGY.dump_json(strategy)) == strategy


@every_strategy
async def test_ends_with_as_many_solutions_as_it_says(strategy: Strategy) -> None:
    outcome, trace = await search(strategy)
    drawn = [e for e in trace if isinstance(e, Generated)]
    assert outcome.ranked[0] == outcome.answer
    assert strategy.solutions <= len(outcome.ranked)
    assert all(candidate.finished for candidate in outcome.ranked)
    assert len(drawn) == len({e.request.id for e in drawn})


def test_every_strategy_of_the_registry_is_tested_here() -> None:
    assert {s.kind for s in STRATEGIES} == set(KINDS)


async def test_a_plain_sample_is_shown_as_it_is_drawn() -> None:
    outcome, trace = await search(OneSample())
    shown = "".join(e.delta.text for e in trace if isinstance(e, Drafted))
    assert shown == outcome.answer.text


def test_a_task_can_be_compared() -> None:
    assert Task(ASKED, TASK.sampling) == TASK
