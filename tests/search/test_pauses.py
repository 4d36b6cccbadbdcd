"""Pauses stand once, behind the prompt, whatever a strategy does; arXiv:2310.02226, section 3."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from engines.base import Request
from engines.errors import ContextOverflow
from engines.fake import FakeEngine
from scorers.judge import Judge
from search import Budget, Outcome, Task, run_search
from search.errors import StrategyRefused
from search.events import Drafted, Generated, Rendered, Trace
from search.replay import Replay
from search.run import UNPAUSED
from search.strategies import KINDS, BeamSearch, BestOfN, Mixture, OneSample, Strategy
from tests.search.thinkers import CLOSED, OPENED, ponder, thinker
from tests.search.world import STRATEGIES, TASK, a_or_b, bill, every_strategy, models, search

PAUSE = 3
TRACE = TypeAdapter(Trace)


def paused(m: int, **how: object) -> Task:
    return replace(TASK, sampling=replace(TASK.sampling, pauses=(PAUSE,) * m, **how))


def engine(reply=a_or_b, **able: object) -> FakeEngine:
    capabilities = replace(FakeEngine(reply).capabilities, **able)
    return FakeEngine(reply, capabilities=capabilities, pause=PAUSE)


async def run(strategy: Strategy, m: int, world=None, **how: object) -> tuple[Outcome, Trace]:
    trace: Trace = []
    world = world or models(engine())
    outcome = await run_search(strategy, paused(m, **how), world, Budget(), sink=trace.append)
    return outcome, trace


def ids(request: Request, m: int) -> list[int]:
    """Return what a request is to send: its prompt, m pauses, its steps."""
    steps = [token for step in request.steps for token in step.ids or ()]
    return [*request.prompt.ids, *[PAUSE] * m, *steps]


def test_every_kind_of_strategy_is_tried() -> None:
    assert {strategy.kind for strategy in STRATEGIES} == set(KINDS)


@every_strategy
@settings(max_examples=4)
@given(m=st.integers(0, 60))
def test_pauses_stand_once_and_behind_the_prompt(strategy: Strategy, m: int) -> None:
    drawn = engine()
    outcome, trace = asyncio.run(run(strategy, m, models(drawn)))
    assert drawn.seen
    for request in drawn.seen:
        assert request.ids == ids(request, m)
        assert request.ids.count(PAUSE) == m
    rendered = [e.prompt.ids for e in trace if isinstance(e, Rendered)]
    assert not any(PAUSE in prompt for prompt in rendered)
    assert not any(PAUSE in (s.ids or ()) for c in outcome.ranked for s in c.steps)


@every_strategy
async def test_none_is_the_same_as_never_asked(strategy: Strategy) -> None:
    with_none, without = engine(), FakeEngine(a_or_b)
    found, _ = await run(strategy, 0, models(with_none))
    expected, _ = await search(strategy, models(without))
    assert [r.ids for r in with_none.seen] == [r.ids for r in without.seen]
    assert found == expected


@every_strategy
async def test_the_trace_replays_and_bills_the_pauses(strategy: Strategy) -> None:
    world = models(engine())
    outcome, trace = await run(strategy, 7, world)
    kept = [e for e in trace if not isinstance(e, Drafted)]
    replay = Replay(TRACE.validate_json(TRACE.dump_json(kept)), world.engine.capabilities)
    replayed = replace(replay.models, scorers=replay.models.scorers or world.scorers)
    again, _ = await run(strategy, 7, replayed)
    assert (again, bill(trace)) == (outcome, outcome.usage)
    drawn = [e for e in trace if isinstance(e, Generated)]
    read = sum(len(ids(e.request, 7)) for e in drawn)
    assert outcome.generator.prompt_tokens == read
    assert outcome.generator.flops == read + outcome.generator.completion_tokens


@every_strategy
@settings(max_examples=6)
@given(flops=st.integers(1, 400), m=st.integers(0, 30))
def test_pauses_are_held_before_they_are_read(strategy: Strategy, flops: int, m: int) -> None:
    budget = Budget(flops=flops)
    outcome = asyncio.run(run_search(strategy, paused(m), models(engine()), budget))
    assert outcome.usage.flops <= flops


@every_strategy
@pytest.mark.parametrize("thinking", [CLOSED, OPENED], ids=["begins", "opened"])
async def test_a_turn_in_phases_has_them_once(strategy: Strategy, thinking) -> None:
    able = thinker(thinking=thinking).capabilities
    drawn = FakeEngine(ponder, capabilities=able, pause=PAUSE)
    await run(strategy, 5, models(drawn), thinking_tokens=2)
    assert {request.ids.count(PAUSE) for request in drawn.seen} == {5}
    assert all(request.ids == ids(request, 5) for request in drawn.seen)


async def test_finding_out_whether_it_thinks_pauses_too() -> None:
    able = thinker().capabilities
    drawn = FakeEngine(ponder, capabilities=able, pause=PAUSE)
    await run(OneSample(), 5, models(drawn), json_schema='{"required": ["x"]}')
    assert len(drawn.seen) > 2
    assert all(request.ids == ids(request, 5) for request in drawn.seen)


async def test_pauses_are_not_of_the_cap_on_an_answer() -> None:
    outcome, _ = await run(OneSample(), 50, max_tokens=5)
    assert outcome.answer.tokens == 5
    assert outcome.usage.completion_tokens == 5


@pytest.mark.parametrize("able", [{"pause": None}, {"pause": None, "token_ids": False}])
async def test_a_model_without_the_token_is_refused(able: dict[str, object]) -> None:
    capabilities = replace(engine().capabilities, **able)
    world = models(FakeEngine(a_or_b, capabilities=capabilities))
    with pytest.raises(StrategyRefused, match="no one token <pause>") as refused:
        await run(BestOfN(n=2), 1, world)
    assert refused.value.param == "search.pause_tokens"


async def test_every_engine_of_a_strategy_gets_its_own_token() -> None:
    other = FakeEngine(a_or_b, pause=9)
    world = replace(models(engine()), others={"other": other})
    await run(Mixture(agents=("other", "default"), proposers=2, layers=2), 4, world)
    assert {(r.ids.count(9), r.ids.count(PAUSE)) for r in other.seen} == {(4, 0)}


async def test_one_engine_without_the_token_is_enough_to_refuse() -> None:
    world = replace(models(engine()), others={"other": FakeEngine(a_or_b)})
    with pytest.raises(StrategyRefused, match="<pause>"):
        await run(Mixture(agents=("other", "default"), proposers=2, layers=2), 4, world)


async def test_prompt_and_pauses_must_fit_the_context() -> None:
    prompt = len((await engine().render(TASK.conversation)).ids or ())
    world = models(engine(context=prompt + 12))
    outcome, _ = await run(OneSample(), 9, world)
    assert outcome.answer.tokens == 3
    with pytest.raises(ContextOverflow, match="12 of them pauses") as full:
        await run(OneSample(), 12, world)
    assert full.value.param == "messages"


async def test_steps_leave_room_for_the_pauses() -> None:
    world = models(engine(context=40))
    _, trace = await run(BeamSearch(n=4, width=2, rounds=4), 11, world)
    drawn = [e for e in trace if isinstance(e, Generated)]
    assert all(len(e.request.ids) + e.request.sampling.max_tokens <= 40 for e in drawn)


@pytest.mark.parametrize(("m", "pausing", "told"), [(0, True, 1), (1, True, 0), (0, False, 0)])
async def test_a_model_taught_to_pause_and_not_let_is_told_of(m, pausing, told) -> None:
    task = replace(paused(m), pausing=pausing)
    outcome = await run_search(OneSample(), task, models(engine()), Budget())
    assert outcome.degradations.count(UNPAUSED) == told


async def test_verifiers_are_asked_without_pauses() -> None:
    drawn = engine()
    await run(BestOfN(n=2), 4, models(drawn, Judge("judge", drawn)))
    asked = [r for r in drawn.seen if r.sampling.max_tokens == 1]
    assert asked
    assert not any(PAUSE in request.ids for request in asked)
