"""Answers that must be JSON of a schema: how they vote, rank and are reported."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from engines.base import Request
from engines.fake import FakeEngine
from scorers.structured import SCHEMA_BYTES, BadSchema, JsonForm, check_schema
from search import Outcome
from search.errors import StrategyRefused
from search.events import Drafted, Grouped, Trace
from search.replay import Replay
from search.strategies import BestOfN, Majority, Mixture, OneSample, SelfRefine, Strategy
from tests.search.world import STRATEGIES, TASK, models, search

SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"b": {"type": "number"}, "a": {"type": "string", "pattern": "^x"}},
        "required": ["b"],
        "additionalProperties": False,
    }
)
ONE, SAME, TWO = '{"b": 1, "a": "x"}', ' {"a":"x",\n"b": 1.0}', '{"b": 2}'
BAD = '{"c": "b b b b"}'
FORM = JsonForm(SCHEMA)
NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda part: st.lists(part) | st.dictionaries(st.text(), part),
    max_leaves=8,
)


def says(*answers: str) -> FakeEngine:
    return FakeEngine(lambda _, i: answers[i % len(answers)])


async def structured(
    strategy: Strategy, engine: FakeEngine, max_tokens: int = 100, schema: str = SCHEMA
) -> tuple[Outcome, Trace]:
    how = replace(TASK.sampling, json_schema=schema, max_tokens=max_tokens)
    return await search(strategy, models(engine), sampling=how)


async def test_answers_vote_by_what_they_say_and_not_how() -> None:
    outcome, trace = await structured(Majority(n=5), says(TWO, ONE, TWO, SAME, SAME))
    [grouped] = [event for event in trace if isinstance(event, Grouped)]
    assert outcome.answer.text == ONE
    assert grouped.answers.groups == (0, 1, 0, 1, 1)
    assert grouped.answers.texts[1] == '{"a":"x","b":1}'
    assert not outcome.degradations


@pytest.mark.parametrize("strategy", [Majority(n=3), OneSample(n=3), BestOfN(n=3)])
async def test_an_answer_that_is_not_of_the_schema_loses(strategy: Strategy) -> None:
    outcome, _ = await structured(strategy, says(BAD, BAD, ONE))
    assert [candidate.text for candidate in outcome.ranked] == [ONE, BAD, BAD]
    assert not outcome.degradations


async def test_an_answer_that_was_cut_has_no_vote() -> None:
    long = '{"b": 1, "a": "x x x x"}'
    outcome, _ = await structured(Majority(n=3), says(long, long, TWO), max_tokens=4)
    assert outcome.answer.text == TWO
    assert [candidate.finish for candidate in outcome.ranked] == ["eos", "length", "length"]


@pytest.mark.parametrize("strategy", [Majority(n=2), OneSample(), BestOfN(n=2)])
async def test_the_response_says_if_no_answer_is_of_the_schema(strategy: Strategy) -> None:
    outcome, _ = await structured(strategy, says(BAD))
    assert outcome.answer.text == BAD
    assert outcome.degradations[-1] == "the answer is not JSON of the schema asked for"


@pytest.mark.parametrize(
    ("said", "schema", "finish"),
    [(ONE + "   \n x", SCHEMA, "length"), ("1 2", '{"type": "number"}', "length")],
)
async def test_a_number_that_was_cut_may_have_gone_on(said: str, schema: str, finish: str) -> None:
    assert JsonForm(schema).ending(said, "length") == finish
    assert JsonForm(schema).ending("12", "length") == "length"
    assert FORM.ending(ONE + "  ", "length") == "stop"


def stepwise(strategy: Strategy) -> bool:
    """Whether it, or a strategy inside it, continues partial answers."""
    return any(part.continues for part in strategy.whole())


@pytest.mark.parametrize("strategy", [s for s in STRATEGIES if stepwise(s)], ids=lambda s: s.kind)
async def test_strategies_that_continue_answers_are_refused(strategy: Strategy) -> None:
    with pytest.raises(StrategyRefused, match="whole ones only") as caught:
        await structured(strategy, says(ONE))
    assert caught.value.param == "response_format"


@pytest.mark.parametrize(
    "strategy", [s for s in STRATEGIES if not stepwise(s)], ids=lambda s: f"{s.kind}{s.solutions}"
)
async def test_every_other_strategy_keeps_the_schema_and_replays(strategy: Strategy) -> None:
    def reply(request: Request, i: int) -> str:
        return [ONE, BAD, SAME][(request.seed >> i) % 3] if request.sampling.json_schema else "No."

    world = models(FakeEngine(reply))
    how = replace(TASK.sampling, json_schema=SCHEMA)
    outcome, trace = await search(strategy, world, sampling=how)
    kept = TypeAdapter(Trace).dump_json([e for e in trace if not isinstance(e, Drafted)])
    replay = Replay(TypeAdapter(Trace).validate_json(kept), world.engine.capabilities).models
    replayed = replace(replay, scorers=replay.scorers or world.scorers)
    assert (await search(strategy, replayed, sampling=how))[0] == outcome
    found = any(FORM.canonical(candidate.text) for candidate in outcome.ranked)
    assert (
        bool(FORM.canonical(outcome.answer.text)) == found != (FORM.missing in outcome.degradations)
    )


async def test_an_engine_that_cannot_is_refused() -> None:
    engine = says(ONE)
    engine.capabilities = replace(engine.capabilities, structured=False)
    with pytest.raises(StrategyRefused, match="cannot hold") as caught:
        await structured(OneSample(), engine)
    assert caught.value.param == "response_format"


async def test_criticism_is_not_held_to_the_schema() -> None:
    engine = says(ONE)
    await structured(SelfRefine(rounds=1), engine)
    assert [bool(r.sampling.json_schema) for r in engine.seen] == [True, False, True]


async def test_only_an_answer_that_cannot_be_replaced_is_shown_as_it_is_drawn() -> None:
    for strategy, shown in ((OneSample(), True), (Mixture(proposers=2), False)):
        _, trace = await structured(strategy, says(ONE))
        assert any(isinstance(event, Drafted) for event in trace) == shown


@given(NESTED, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_spelling_does_not_change_what_an_answer_is(value, indent, ascii_only: bool) -> None:
    form = JsonForm("{}")
    spelt = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    canonical = form.canonical(spelt)
    assert canonical is not None
    assert json.loads(canonical) == value
    assert form.canonical(canonical) == canonical


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ('{"b": 1e2}', '{"b": 100}', True),
        ('{"b": 0.10}', '{"b": 1e-1}', True),
        ('{"b": -0.0}', '{"b": 0}', True),
        ('{"b": 1}', '{"b": 1.5}', False),
    ],
)
def test_numbers_are_equal_by_value(one: str, other: str, equal: bool) -> None:
    assert (FORM.canonical(one) == FORM.canonical(other)) is equal


def test_true_is_not_one() -> None:
    form = JsonForm("{}")
    assert form.canonical("[true]") != form.canonical("[1]")


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{} {}", '{"b": NaN}', '{"b": 1e999}', '{"b": true}', '{"b": 1, "a": "y"}',
     '{"b": ' + "9" * 5000 + "}", "[" * 100_000, '{"b": 1, "a": "\\ud800"}'],
    ids=range(11),
)  # fmt: skip
def test_what_is_not_of_the_schema_is_nothing(text: str) -> None:
    assert FORM.canonical(text) is None


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"type": "nope"}, "no JSON Schema"),
        ({"$ref": "http://127.0.0.1/x"}, "not in it"),
        ({"$ref": "#/$defs/x"}, "not in it"),
        ({"items": {"pattern": "(?=x)"}}, "RE2"),
        ({"patternProperties": {"x": {}}}, "not supported"),
        ({"items": {"$schema": "http://json-schema.org/draft-07/schema#"}}, "only supported at"),
        ({"items": {"$id": "x:y", "$ref": "#/$defs/z"}, "$defs": {"z": {}}}, "only supported at"),
        ({"description": "x" * SCHEMA_BYTES}, "longer than"),
        ({"allOf": [{}] * 1000}, "more than"),
    ],
)
def test_a_schema_that_cannot_be_used_is_refused(schema, reason: str) -> None:
    with pytest.raises(BadSchema, match=reason):
        check_schema(json.dumps(schema))


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"$defs": {f"d{i}": {"allOf": [{"$ref": f"#/$defs/d{i + 1}"}] * 2} for i in range(30)}
            | {"d30": {}}, "$ref": "#/$defs/d0"},
    ],
    ids=["endless", "exponential"],
)  # fmt: skip
def test_a_schema_cannot_keep_us_busy(schema) -> None:
    check_schema(json.dumps(schema))
    assert JsonForm(json.dumps(schema)).canonical("1") is None


def test_a_schema_of_another_dialect_has_its_patterns_matched_in_linear_time() -> None:
    dialect = "http://json-schema.org/draft-07/schema#"
    schema = {"$schema": dialect, "items": {"$ref": "#"}, "pattern": "^(a+)+$"}
    assert JsonForm(json.dumps(schema)).canonical(json.dumps(["a" * 100 + "b"])) is None


def test_unique_items_are_so_by_value() -> None:
    form = JsonForm('{"uniqueItems": true}')
    assert form.canonical('[{"a": 1, "b": 2}, {"b": 2, "a": 1.0}]') is None
    assert form.canonical("[1, true]") == "[1,true]"
