"""Answers that call tools: how they vote, rank, are picked and are reported."""

import json
from dataclasses import replace

import pytest
from jsonschema import validate
from jsonschema.exceptions import ValidationError
from pydantic import TypeAdapter

from engines.base import Request
from engines.fake import FakeEngine
from scorers.tool_form import ToolChoice, ToolForm, calls_schema
from scorers.vote import Vote
from search import Budget, Models
from search.errors import StrategyRefused
from search.events import Drafted, Grouped, Trace
from search.replay import Replay
from search.strategies import (
    BeamSearch,
    BestOfN,
    BudgetForcing,
    CertaintyProbe,
    Majority,
    Mixture,
    OneSample,
    SelfRefine,
    Strategy,
    WeightedBestOfN,
)
from tests.search.tools import (
    INVALID,
    PARIS,
    ROME,
    SAID,
    TOOLS,
    UNKNOWN,
    calling,
    listed,
    says,
    tool,
)
from tests.search.world import STRATEGIES, TASK, LastWord, MoreOfB, models

FORM = ToolForm(TOOLS, ToolChoice())
REQUIRED = ToolChoice(required=True)
HELD = replace(TASK.sampling, json_schema=calls_schema(TOOLS, REQUIRED))
SILENT = [s for s in STRATEGIES if not s.speaks]
WEATHER = ("get_weather", {"city": "Paris"})


def groups(trace: Trace) -> list[tuple[int | None, ...]]:
    return [event.answers.groups for event in trace if isinstance(event, Grouped)]


async def test_calls_vote_by_what_they_say_and_not_how() -> None:
    outcome, trace = await calling(Majority(n=6), says(ROME, *PARIS, ROME))
    assert outcome.answer.text == PARIS[0]
    assert groups(trace) == [(0, 1, 1, 1, 1, 0)]
    assert not outcome.degradations


async def test_words_and_calls_vote_together_and_replay() -> None:
    words = "Answer: 7"
    engine = says(words, PARIS[0], "Answer: 7 ", PARIS[1], PARIS[2])
    outcome, trace = await calling(Majority(n=5), engine)
    replay = Replay(trace, engine.capabilities).models
    again, _ = await calling(Majority(n=5), engine, world=replay)
    assert groups(trace)[-1][1::2] == (1, 1)
    assert outcome.answer.text == PARIS[0]
    assert again == outcome


@pytest.mark.parametrize("strategy", SILENT, ids=lambda s: f"{s.kind}{s.solutions}")
async def test_every_strategy_counts_equal_calls_together_and_answers_with_one(
    strategy: Strategy,
) -> None:
    def reply(request: Request, i: int) -> str:
        return [INVALID, *PARIS, UNKNOWN][((request.seed >> 3) + i) % 6]

    engine = FakeEngine(reply)
    outcome, trace = await calling(strategy, engine)
    kept = TypeAdapter(Trace).dump_json([e for e in trace if not isinstance(e, Drafted)])
    replay = Replay(TypeAdapter(Trace).validate_json(kept), engine.capabilities).models
    world = replace(replay, scorers=replay.scorers or models().scorers)
    found = any(FORM.canonical(candidate.text) for candidate in outcome.ranked)
    assert (
        (FORM.canonical(outcome.answer.text) == SAID)
        == found
        != (FORM.missing in outcome.degradations)
    )
    assert all({*group} <= {0, None} for group in groups(trace))
    assert (await calling(strategy, engine, world=world))[0] == outcome


@pytest.mark.parametrize("strategy", [Majority(n=3), OneSample(n=3), BestOfN(n=3)])
@pytest.mark.parametrize("bad", [INVALID, UNKNOWN, "<tool_call>{"])
async def test_a_call_no_tool_would_take_ranks_behind(strategy: Strategy, bad: str) -> None:
    outcome, _ = await calling(strategy, says(bad, bad, ROME))
    assert [candidate.text for candidate in outcome.ranked] == [ROME, bad, bad]
    assert not outcome.degradations


async def test_the_response_says_if_no_call_is_one_a_tool_would_take() -> None:
    outcome, _ = await calling(OneSample(), says(INVALID))
    assert outcome.answer.finish == "malformed"
    assert outcome.degradations == ("the answer does not call the tools as it should",)


async def test_words_that_were_cut_are_no_degradation() -> None:
    long = replace(TASK.sampling, max_tokens=2)
    outcome, _ = await calling(OneSample(), says("One two three."), sampling=long)
    assert (outcome.answer.finish, outcome.degradations) == ("length", ())


async def test_a_required_call_that_is_not_there_ranks_behind() -> None:
    engine = says("Paris is warm.", listed(WEATHER))
    outcome, _ = await calling(OneSample(n=2), engine, REQUIRED, sampling=HELD)
    assert [candidate.finish for candidate in outcome.ranked] == ["eos", "malformed"]
    assert {request.sampling.json_schema for request in engine.seen} == {HELD.json_schema}


@pytest.mark.parametrize(
    ("choice", "text", "finish"),
    [
        (ToolChoice(parallel=False), listed(WEATHER, WEATHER), "malformed"),
        (ToolChoice(parallel=True), listed(WEATHER, WEATHER), "eos"),
        (ToolChoice(required=True, only="now"), listed(WEATHER), "malformed"),
        (ToolChoice(required=True, only="now"), listed(("now", {})), "eos"),
        (ToolChoice(), listed(("now", {"zone": "CET"})), "malformed"),
        (ToolChoice(), listed(("get_weather", {"city": "Rome", "days": 0})), "malformed"),
        (ToolChoice(), "Well, well.", "eos"),
    ],
)
def test_how_tools_may_be_called_is_checked(choice: ToolChoice, text: str, finish: str) -> None:
    assert ToolForm(TOOLS, choice).ending(text, "eos") == finish


def test_a_cut_answer_is_whole_only_behind_its_last_bracket() -> None:
    assert ToolForm(TOOLS, REQUIRED).ending(listed(WEATHER), "length") == "stop"
    assert FORM.ending(PARIS[0], "length") == "length"
    assert FORM.ending(PARIS[0][:40], "length") == "length"
    assert FORM.ending("In word", "length") == "length"


@pytest.mark.parametrize(
    ("choice", "value", "valid"),
    [
        (REQUIRED, [{"name": "get_weather", "arguments": {"city": "Rome", "days": 3}}], True),
        (REQUIRED, [{"name": "get_weather", "arguments": {"city": "Rome", "days": 0}}], False),
        (REQUIRED, [{"name": "now", "arguments": {"city": "Rome"}}], False),
        (REQUIRED, [{"name": "now", "arguments": {}}] * 2, True),
        (replace(REQUIRED, parallel=False), [{"name": "now", "arguments": {}}] * 2, False),
        (replace(REQUIRED, only="now"), [{"name": "get_weather", "arguments": {}}], False),
        (REQUIRED, [], False),
    ],
)
def test_samples_are_held_to_a_list_of_calls(choice: ToolChoice, value, valid: bool) -> None:
    try:
        validate(value, json.loads(calls_schema(TOOLS, choice)))
        found = True
    except ValidationError:
        found = False
    assert found is valid


@pytest.mark.parametrize("strategy", [s for s in SILENT if s.continues], ids=lambda s: s.kind)
async def test_strategies_that_continue_answers_cannot_require_calls(strategy: Strategy) -> None:
    with pytest.raises(StrategyRefused, match="whole ones only") as caught:
        await calling(strategy, says(ROME), REQUIRED, sampling=HELD)
    assert caught.value.param == "tool_choice"


@pytest.mark.parametrize("strategy", [BudgetForcing(), CertaintyProbe()])
async def test_strategies_that_speak_themselves_are_refused(strategy: Strategy) -> None:
    with pytest.raises(StrategyRefused, match="words of its own") as caught:
        await calling(strategy, says(ROME))
    assert caught.value.param == "search.strategy"


async def test_a_mixture_picks_the_commonest_call_and_draws_no_more() -> None:
    engine = says(ROME, PARIS[0], "Answer: no", PARIS[1])
    outcome, _ = await calling(Mixture(proposers=4), engine)
    assert outcome.answer.text == PARIS[0]
    assert len(engine.seen) == 1


async def test_a_mixture_whose_aggregator_alone_calls_answers_in_words() -> None:
    proposals = [ROME, "Answer: 7", "Answer: 7"]
    engine = FakeEngine(lambda request, i: PARIS[0] if request.n == 1 else proposals[i])
    outcome, _ = await calling(Mixture(proposers=3), engine)
    assert outcome.answer.text == "Answer: 7"


async def test_nothing_is_shown_as_it_is_drawn_where_it_may_be_a_call() -> None:
    _, trace = await calling(OneSample(), says("Hello."))
    assert not any(isinstance(event, Drafted) for event in trace)


async def test_criticism_is_not_held_to_calls() -> None:
    engine = says(listed(WEATHER))
    await calling(SelfRefine(rounds=1), engine, REQUIRED, sampling=HELD)
    assert [bool(r.sampling.json_schema) for r in engine.seen] == [True, False, True]


@pytest.mark.parametrize("strategy", [BestOfN(n=4), WeightedBestOfN(n=4)])
async def test_the_scorer_of_agreement_counts_equal_calls_together(strategy: Strategy) -> None:
    engine = says(ROME, INVALID, PARIS[0], PARIS[1])
    vote = Vote("vote", LastWord(), None)
    world = Models(engine, (vote,), LastWord(), MoreOfB())
    outcome, _ = await calling(strategy, engine, world=world)
    assert outcome.answer.text == PARIS[0]
    assert outcome.answer.score == 0.5


def test_references_within_parameters_hold_in_a_larger_schema() -> None:
    leaf = {"type": "object", "properties": {"next": {"$ref": "#"}, "n": {"type": "integer"}}}
    form = ToolForm([{"type": "function", "function": {"name": "f", "parameters": leaf}}], REQUIRED)
    assert form.canonical(listed(("f", {"next": {"next": {"n": 1}}})))
    assert form.canonical(listed(("f", {"next": {"next": {"n": "1"}}}))) is None


def test_what_looks_like_a_reference_within_data_is_left_as_it_is() -> None:
    data = {"type": "object", "properties": {"enum": {"$ref": "#/$defs/kind"}},
            "$defs": {"kind": {"enum": [{"$ref": "#"}]}}}  # fmt: skip
    form = ToolForm([tool("f", data)], ToolChoice())
    assert form.canonical(listed(("f", {"enum": {"$ref": "#"}})))
    assert form.canonical(listed(("f", {"enum": {"$ref": "#/$defs/f"}}))) is None


async def test_an_invalid_call_is_not_written_on() -> None:
    def reply(request: Request, i: int) -> str:
        done = request.text.count("\n\n")
        return INVALID if i == 0 and not done else "so so so\n\n" * 9

    beams = BeamSearch(n=4, width=2, rounds=30)
    outcome, _ = await calling(beams, FakeEngine(reply), budget=Budget(tokens=60))
    assert not any(c.text.startswith(INVALID) and c.text != INVALID for c in outcome.ranked)
