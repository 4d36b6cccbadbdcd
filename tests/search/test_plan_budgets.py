"""PlanSearch with little to spend: whole subtrees are left out, and there always is a program."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.base import Sampling
from engines.fake import FakeEngine
from engines.usage import Usage
from search import Budget, run_search
from search.budget import Ledger
from search.drawing import Drawer
from search.foresight import Foresight
from search.models import Task
from search.recorder import Recorder
from search.strategies import IdeaSearch, PlanSearch
from tests.search.plans import Planner, Tests, ideas, kind_of
from tests.search.world import ASKED, hanging, models, search


async def test_a_budget_of_one_sample_is_one_program_drawn_at_once() -> None:
    planner = Planner()
    outcome, _ = await search(PlanSearch(), models(planner.engine), Budget(tokens=100))
    assert kind_of(planner.engine.seen[0]) == "code"
    assert (outcome.answer.text, outcome.answer.finish) == ("code 1.0", "eos")


async def test_calls_for_one_program_are_spent_on_it_and_what_is_left_out_is_said() -> None:
    planner = Planner()
    outcome, _ = await search(PlanSearch(), models(planner.engine), Budget(calls=2))
    assert [kind_of(r) for r in planner.engine.seen] == ["code"]
    assert (outcome.stop, outcome.exhausted) == ("budget", "calls")
    assert outcome.degradations == (
        "the budget allowed 0 of 1 ideas to be grown",
        "the budget allowed 0 of 1 combinations",
    )


@settings(deadline=None, max_examples=40)
@given(calls=st.integers(2, 240), fix=st.booleans(), pseudocode=st.booleans())
def test_what_is_begun_under_a_limit_of_calls_becomes_programs(calls, fix, pseudocode) -> None:
    planner = Planner(3, 2)
    strategy = PlanSearch(fix=fix, pseudocode=pseudocode)
    world = models(planner.engine, Tests(lambda _: False))
    outcome, _ = asyncio.run(search(strategy, world, Budget(calls=calls)))
    begun = len(planner.asked("sketch")) * (2 if fix else 1)
    assert outcome.usage.calls <= calls
    assert len(outcome.ranked) == begun + 1
    assert all(program.finish == "eos" for program in outcome.ranked)


@settings(deadline=None, max_examples=40)
@given(tokens=st.integers(10, 2_000), length=st.integers(1, 30))
def test_what_is_begun_under_a_limit_of_tokens_becomes_programs(tokens: int, length: int) -> None:
    planner = Planner(3, 2)
    engine = FakeEngine(lambda request, i: planner.reply(request, i) + " on" * length)
    task = Task(ASKED, Sampling(max_tokens=40, temperature=1.0))
    world = models(engine, Tests(lambda _: False))
    outcome = asyncio.run(run_search(PlanSearch(), task, world, Budget(tokens=tokens)))
    assert outcome.usage.completion_tokens <= tokens
    assert outcome.ranked[0].text
    if tokens >= length + 2:
        assert all(program.finish == "eos" for program in outcome.ranked)


async def test_small_combinations_come_before_large_and_the_first_layer_before_the_next() -> None:
    planner = Planner(3, 2)
    outcome, trace = await search(PlanSearch(), models(planner.engine), Budget(calls=60))
    sizes = [len(node["combo"]) for node in ideas(trace)["nodes"] if node["plans"]]
    assert len(sizes) > 2
    assert sizes == sorted(sizes)
    assert outcome.exhausted == "calls"


@pytest.mark.parametrize(("calls", "grown"), [(55, 0), (65, 0), (66, 1), (77, 2)])
async def test_no_idea_is_grown_at_the_cost_of_combinations_that_are_there(calls, grown) -> None:
    planner = Planner(3, 2)
    outcome, _ = await search(PlanSearch(), models(planner.engine), Budget(calls=calls))
    assert len(planner.asked("second")) == grown
    assert len(planner.asked("sketch")) >= 7
    assert outcome.exhausted == "calls"


async def test_time_that_is_too_short_for_plans_is_not_spent_on_them() -> None:
    planner = Planner()
    engine = FakeEngine(planner.reply, latency=lambda _: 0.05)
    outcome, _ = await search(PlanSearch(), models(engine), Budget(seconds=0.4))
    assert outcome.answer.text == "code 1.0"
    assert len(engine.seen) == 1
    assert (outcome.stop, outcome.exhausted) == ("deadline", "seconds")


async def test_a_program_is_there_when_time_runs_out_over_observations() -> None:
    engine = FakeEngine(Planner().reply, latency=hanging(lambda r: r.id != "1.0"))
    outcome, _ = await search(PlanSearch(), models(engine), Budget(seconds=30))
    assert outcome.answer.text == "code 1.0"


async def test_idea_search_draws_no_more_ideas_than_it_has_programs_for() -> None:
    planner = Planner()
    outcome, _ = await search(IdeaSearch(n=8), models(planner.engine), Budget(calls=8))
    assert sum(r.n for r in planner.asked("idea")) == len(planner.asked("code")) - 1
    assert len(outcome.ranked) == len(planner.asked("code"))


ABLE, UNSEEN = FakeEngine(Planner().reply).capabilities, Usage()


def foresight(budget: Budget, spent: Usage = UNSEEN, samples: int = 0) -> Foresight:
    task, ledger, record = Task(ASKED, Sampling(max_tokens=100)), Ledger(budget), Recorder(print)
    ledger.spent["generator"] = spent
    world = models()
    drawer = Drawer(world, task, ledger, record, None)
    drawer.samples = samples
    return Foresight(world, task, ledger, drawer)


def fitting(one: Foresight, n: int = 50, calls: int = 2, after: int = 0) -> int:
    return one.fitting(n, "things", calls, 1, after)


@pytest.mark.parametrize(
    ("budget", "fit"),
    [
        (Budget(), 50),
        (Budget(tokens=1_000), 5),
        (Budget(calls=21), 10),
        (Budget(flops=1_000), 2),
        (Budget(tokens=199), 0),
        (Budget(calls=0), 0),
    ],
)
def test_before_anything_is_seen_a_chain_takes_all_it_may(budget: Budget, fit: int) -> None:
    assert fitting(foresight(budget)) == fit


def test_what_has_been_seen_is_expected_and_half_as_much_again() -> None:
    seen = Usage(completion_tokens=40, calls=4)
    assert fitting(foresight(Budget(tokens=340), seen, samples=4)) == 10
    assert fitting(foresight(Budget(tokens=340), seen, samples=4), after=10) == 5


@given(n=st.integers(0, 60), calls=st.integers(1, 9), after=st.integers(0, 99),
       tokens=st.integers(0, 9_000))  # fmt: skip
def test_chains_that_fit_with_what_is_before_them_take_no_more_than_is_left(
    n, calls, after, tokens
):
    fit = fitting(foresight(Budget(tokens=tokens)), n, calls, after)
    assert 0 <= fit <= n
    assert fit == 0 or (fit * calls + after) * 100 <= tokens
    assert fit == n or ((fit + 1) * calls + after) * 100 > tokens


async def test_where_talk_may_outgrow_the_model_there_is_a_program_first() -> None:
    engine = FakeEngine(Planner().reply, capabilities=replace(ABLE, context=70))
    outcome, _ = await search(PlanSearch(), models(engine))
    assert outcome.answer.text == "code 1.0"
    assert (outcome.stop, outcome.exhausted) == ("budget", "context")
