"""Programs mended in view of the test they failed."""

from engines.base import Request
from engines.fake import FakeEngine
from search import Budget
from search.strategies import PlanSearch, RepeatedSampling, SelfDebug
from tests.search.plans import Planner, Tests, kind_of
from tests.search.world import models, search

NEVER, ALWAYS = Tests(lambda _: False), Tests(lambda _: True)


def repaired(request: Request, i: int) -> str:
    return f"{kind_of(request)} {request.id}.{i}"


def repairs(engine: FakeEngine) -> list[Request]:
    return [request for request in engine.seen if kind_of(request) == "repair"]


async def test_a_program_that_failed_is_shown_with_its_test_and_mended() -> None:
    engine = FakeEngine(repaired)
    scorer = Tests(lambda program: program.startswith("repair"))
    outcome, _ = await search(SelfDebug(inner=RepeatedSampling(n=1)), models(engine, scorer))
    [request] = repairs(engine)
    program, asked = (m.content for m in request.prompt.conversation.messages[-2:])
    assert program == "code 1.0.0"
    assert "assert f(1) == 2" in asked
    assert "code 1.0.0 gave 3" in asked
    assert outcome.answer.text.startswith("repair ")


async def test_nothing_is_mended_where_a_program_passes() -> None:
    engine = FakeEngine(repaired)
    scorer = Tests(lambda program: program == "code 1.0.2")
    outcome, _ = await search(SelfDebug(inner=RepeatedSampling(n=4)), models(engine, scorer))
    assert not repairs(engine)
    assert outcome.answer.text == "code 1.0.2"


async def test_the_best_are_mended_together_and_none_twice() -> None:
    engine = FakeEngine(repaired)
    strategy = SelfDebug(inner=RepeatedSampling(n=3), rounds=4, width=2)
    outcome, _ = await search(strategy, models(engine, NEVER))
    shown = [r.prompt.conversation.messages[-2].content for r in repairs(engine)]
    assert shown[:2] == ["code 1.0.0", "code 1.0.1"]
    assert len(set(shown)) == len(shown) == 8
    assert len(outcome.ranked) == 3 + 8


async def test_it_stops_as_soon_as_one_passes() -> None:
    engine = FakeEngine(repaired)
    scorer = Tests(lambda program: program.startswith("repair") and program.endswith(".1.0"))
    strategy = SelfDebug(inner=RepeatedSampling(n=3), rounds=9, width=2)
    outcome, _ = await search(strategy, models(engine, scorer))
    assert len(repairs(engine)) == 2
    assert outcome.answer.text.startswith("repair ")
    assert outcome.ranked[1].text != outcome.answer.text


async def test_a_scorer_that_runs_no_tests_leaves_nothing_to_mend_and_that_is_said() -> None:
    engine = FakeEngine(repaired)
    outcome, _ = await search(SelfDebug(inner=RepeatedSampling(n=2)), models(engine))
    said = "self_debug: scorer shares_of_b runs no tests, so nothing was mended"
    assert outcome.degradations == (said,)
    assert len(engine.seen) == 1


async def test_what_plan_search_draws_is_mended_too() -> None:
    planner = Planner(1, 0)
    strategy = SelfDebug(inner=PlanSearch(layers=1), rounds=1, width=3)
    outcome, _ = await search(strategy, models(planner.engine, NEVER))
    assert len(planner.asked("repair")) == 3
    assert len(outcome.ranked) == 4 + 3


async def test_no_more_are_mended_than_the_budget_is_likely_to_hold() -> None:
    engine = FakeEngine(repaired)
    strategy = SelfDebug(inner=RepeatedSampling(n=3), rounds=4, width=3)
    outcome, _ = await search(strategy, models(engine, NEVER), Budget(calls=5))
    assert outcome.usage.calls <= 5
    assert outcome.exhausted == "calls"
    assert repairs(engine)


def test_the_inner_strategy_can_be_given_by_its_kind_alone() -> None:
    assert SelfDebug.model_validate({"inner": "plan_search"}) == SelfDebug(inner=PlanSearch())


async def test_a_program_that_passes_from_the_first_is_all_there_is_to_do() -> None:
    outcome, _ = await search(SelfDebug(inner=RepeatedSampling(n=1)), models(None, ALWAYS))
    assert outcome.usage.calls == 1
