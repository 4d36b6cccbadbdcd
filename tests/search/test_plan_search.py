"""PlanSearch, with a model that plans as it is told to: counts are those of the paper's code."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.errors import StrategyRefused
from search.strategies import IdeaSearch, PlanSearch, RepeatedSampling
from search.strategies.prompts import programs as prompts
from tests.search.plans import Planner, Tests, ideas, kind_of
from tests.search.world import models, search


async def searched(strategy: PlanSearch, planner: Planner, *scorers):
    outcome, trace = await search(strategy, models(planner.engine, *scorers))
    return outcome, ideas(trace)


async def test_three_observations_and_two_more_on_each_make_28_combinations_and_56_codes() -> None:
    planner = Planner(3, 2)
    outcome, told = await searched(PlanSearch(), planner)
    assert len(planner.asked("first")) + len(planner.asked("second")) == 8
    assert len(planner.asked("sketch")) == 28
    assert len(told["plans"]) == len(outcome.ranked) == 56
    assert outcome.generator.calls == 228


@pytest.mark.parametrize(
    ("strategy", "first", "sketches"),
    [
        (PlanSearch(leaves_only=True), 3, 22),
        (PlanSearch(subset=1), 3, 12),
        (PlanSearch(filter=False, layers=1), 10, 56),
        (PlanSearch(layers=1), 0, 1),
    ],
)
async def test_how_many_combinations_have_plans(strategy, first: int, sketches: int) -> None:
    planner = Planner(first, 2)
    await searched(strategy, planner)
    assert len(planner.asked("sketch")) == sketches


async def test_combinations_are_no_larger_than_they_may_be_and_none_has_plans_twice() -> None:
    planner = Planner(3, 2)
    _, told = await searched(PlanSearch(), planner)
    combos = [tuple(node["combo"]) for node in told["nodes"] if node["plans"]]
    assert max(map(len, combos)) == 2
    assert len(set(combos)) == len(combos) == 28
    assert all(len(set(combo)) == len(combo) for combo in combos)
    assert combos.count(()) == 1


async def test_without_fixes_there_are_half_the_codes() -> None:
    planner = Planner(3, 2)
    outcome, told = await searched(PlanSearch(fix=False), planner)
    assert len(outcome.ranked) == 28
    assert {plan["kind"] for plan in told["plans"]} == {"sketch"}
    assert not planner.asked("critique")


async def test_a_sketch_is_kept_beside_the_one_that_was_fixed_in_view_of_its_critique() -> None:
    planner = Planner(1, 0)
    _, told = await searched(PlanSearch(layers=1), planner)
    fix = planner.asked("fix")[0]
    shown = [m.content for m in fix.prompt.conversation.messages]
    assert shown[-2].startswith("critique ")
    assert told["plans"][0]["text"] in shown[-3]
    assert [plan["kind"] for plan in told["plans"]] == ["sketch", "fixed"] * 2


async def test_without_pseudocode_a_program_follows_its_plan() -> None:
    planner = Planner(1, 0)
    _, told = await searched(PlanSearch(layers=1, fix=False, pseudocode=False), planner)
    followed = [r.prompt.conversation.messages[-1].content for r in planner.asked("code")]
    assert [p["text"] in text for p, text in zip(told["plans"], followed, strict=True)] == [
        True
    ] * 2
    assert not planner.asked("pseudocode")


async def test_all_of_a_level_is_asked_together() -> None:
    planner = Planner(3, 2)
    await searched(PlanSearch(), planner)
    for kind in ("second", "sketch", "critique", "fix", "pseudocode", "code"):
        assert len({request.id.split(".")[0] for request in planner.asked(kind)}) == 1


async def test_a_list_that_cannot_be_read_is_asked_for_hotter_twice() -> None:
    planner = Planner(3, 2, reads=lambda _: False)
    outcome, told = await searched(PlanSearch(layers=1), planner)
    assert [r.sampling.temperature for r in planner.asked("python")] == [0.0, 0.2, 0.4]
    assert outcome.answer.text.startswith("code ")
    assert outcome.degradations == ("1 of 1 lists could not be read",)
    assert [node["combo"] for node in told["nodes"]] == [[], []]


async def test_only_what_could_not_be_read_is_asked_for_again() -> None:
    planner = Planner(2, 2, reads=lambda r: not r.id.endswith(".1"))
    outcome, _ = await searched(PlanSearch(), planner)
    assert [r.sampling.temperature for r in planner.asked("python")] == [0.0] * 5 + [0.2]
    assert not outcome.degradations


async def test_given_observations_are_in_what_more_are_asked_of_and_none_where_there_are_none() -> (
    None
):
    planner = Planner(2, 0)
    await searched(PlanSearch(), planner)
    shown = [r.prompt.conversation.messages[-1].content for r in planner.asked("second")]
    begun = [text.split("\n")[0] for text in shown]
    assert begun == [prompts.SECOND[0], prompts.SECOND[1], prompts.SECOND[1], prompts.SECOND[2]]
    assert "2. " in shown[3]
    assert "2. " not in shown[2]


async def test_turns_alternate_behind_the_problem() -> None:
    planner = Planner(1, 1)
    await searched(PlanSearch(), planner)
    roles = [[m.role for m in r.prompt.conversation.messages] for r in planner.engine.seen]
    assert all(r == ["user", "assistant"] * (len(r) // 2) + ["user"] for r in roles)


async def test_a_program_that_passes_its_tests_is_the_answer_and_its_idea_is_told() -> None:
    planner = Planner(3, 2)
    scorer = Tests(lambda program: program.endswith(".20"))
    outcome, told = await searched(PlanSearch(), planner, scorer)
    assert outcome.answer.text.endswith(".20")
    [node] = [node for node in told["nodes"] if node["passed"]]
    assert 0 in node["codes"]
    assert told["plans"][20]["node"] == node["id"]


async def test_of_equally_good_programs_those_of_other_ideas_come_first() -> None:
    planner = Planner(2, 0)
    outcome, told = await searched(PlanSearch(layers=1), planner, Tests(lambda _: False))
    of = {place: node["id"] for node in told["nodes"] for place in node["codes"]}
    first = [of[place] for place in range(4)]
    assert len(set(first)) == 4
    assert sorted(of) == list(range(len(outcome.ranked)))


async def test_the_ideas_are_a_tree_that_can_be_written_as_json() -> None:
    _, told = await searched(PlanSearch(), Planner(3, 2))
    nodes = json.loads(json.dumps(told))["nodes"]
    by_id = {node["id"]: node for node in nodes}
    assert len(nodes) == 1 + 7 + 7 * 4
    for node in nodes[1:]:
        assert set(node["combo"]) <= set(by_id[node["parent"]]["observations"])


async def test_no_more_programs_are_drawn_than_asked_for_nor_ideas_for_them() -> None:
    planner = Planner(3, 2)
    outcome, _ = await searched(PlanSearch(n=5), planner)
    assert len(outcome.ranked) == 5
    assert len(planner.asked("sketch")) == 3
    assert not planner.asked("second")


async def test_no_more_ideas_are_grown_than_there_can_be_programs_of() -> None:
    planner = Planner(3, 2)
    await searched(PlanSearch(n=4, leaves_only=True), planner)
    assert len(planner.asked("second")) == 2


async def test_ideas_and_programs_are_drawn_as_hot_as_they_are_told() -> None:
    planner = Planner(1, 0)
    await searched(PlanSearch(layers=1, idea_temperature=0.9, code_temperature=0.1), planner)
    hot = {kind_of(r): r.sampling.temperature for r in planner.engine.seen}
    assert (hot["sketch"], hot["fix"], hot["pseudocode"], hot["code"]) == (0.9, 0.9, 0.1, 0.1)


async def test_one_engine_thinks_and_another_one_writes_programs() -> None:
    thinker, writer = Planner(1, 0), Planner(1, 0)
    world = models(writer.engine)
    world = world.__class__(world.engine, world.scorers, world.grader,
                            others={"thinker": thinker.engine})  # fmt: skip
    await search(PlanSearch(layers=1, idea_engine="thinker"), world)
    assert {kind_of(r) for r in writer.engine.seen} == {"pseudocode", "code"}
    assert "code" not in {kind_of(r) for r in thinker.engine.seen}


async def test_an_engine_that_is_not_there_is_refused() -> None:
    with pytest.raises(StrategyRefused, match="there is no engine 'x'") as refused:
        await search(PlanSearch(idea_engine="x"))
    assert refused.value.param == "search.strategy"


@settings(deadline=None, max_examples=20)
@given(first=st.integers(0, 4), more=st.integers(0, 3), subset=st.integers(1, 3))
async def test_what_is_drawn_is_what_the_tree_says(first: int, more: int, subset: int) -> None:
    planner = Planner(first, more)
    outcome, told = await searched(PlanSearch(subset=subset), planner)
    grown = sum(
        1 for node in told["nodes"] if any(n["parent"] == node["id"] for n in told["nodes"])
    )
    combos = len({tuple(node["combo"]) for node in told["nodes"]})
    assert outcome.generator.calls == 4 * grown + 7 * combos
    assert len(outcome.ranked) == 2 * combos


async def test_repeated_sampling_asks_once_for_all_its_programs() -> None:
    planner = Planner()
    outcome, _ = await search(RepeatedSampling(n=5), models(planner.engine))
    [request] = planner.engine.seen
    assert (request.n, kind_of(request), len(outcome.ranked)) == (5, "code", 5)


async def test_idea_search_draws_a_program_of_each_of_its_ideas() -> None:
    planner = Planner()
    outcome, _ = await search(IdeaSearch(n=3), models(planner.engine))
    assert [(kind_of(r), r.n) for r in planner.engine.seen] == [("idea", 3)] + [("code", 1)] * 3
    assert all("idea 1.0" in r.prompt.conversation.messages[-1].content
               for r in planner.asked("code"))  # fmt: skip
    assert len(outcome.ranked) == 3
