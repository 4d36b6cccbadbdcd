"""`response_format`: which schemas are taken, and what becomes of the answers."""

from typing import Any

import pytest

from engines.fake import FakeEngine
from tests.app.client import BEAM, ask

DEEP: dict[str, Any] = {}
for _ in range(200):
    DEEP = {"not": DEEP}


def schema(schema: dict[str, Any], name: str = "answer") -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": name, "schema": schema}}


def spells(*answers: str) -> FakeEngine:
    return FakeEngine(lambda _, i: answers[i % len(answers)])


async def test_json_answers_are_counted_by_what_they_say() -> None:
    engine = spells('{"x": 1}', '{"y": 2, "x": 2}', '{"x":2.0,\n"y":2}')
    how = {"response_format": schema({"required": ["x"]}), "search": {"strategy": "majority"}}
    body = (await ask(engine, **how)).json()
    assert body["choices"][0]["message"]["content"] == '{"y": 2, "x": 2}'
    assert {r.sampling.json_schema for r in engine.seen} == {'{"required":["x"]}'}
    assert body["search"]["degradations"] == []


async def test_an_answer_that_is_not_of_the_schema_is_said_to_be_so() -> None:
    body = (await ask(spells("[1]"), response_format={"type": "json_object"})).json()
    assert body["choices"][0]["finish_reason"] == "stop"
    assert "the answer is not JSON of the schema asked for" in body["search"]["degradations"]


async def test_a_schema_that_no_sample_keeps_leaves_nothing_to_count() -> None:
    how = {"response_format": {"type": "json_object"}, "search": {"strategy": "majority"}}
    body = (await ask(spells("[1]"), **how)).json()
    assert body["choices"][0]["message"]["content"] == "[1]"
    assert len(body["search"]["degradations"]) == 2


@pytest.mark.parametrize(
    ("form", "param"),
    [
        ({"type": "json_schema"}, ""),
        ({"type": "text", "json_schema": {"name": "x"}}, ""),
        (schema({"type": "nope"}), ".json_schema.schema"),
        (schema({"$ref": "#/x"}), ".json_schema.schema"),
        (schema(DEEP), ".json_schema.schema"),
        (schema({}, name="a b"), ".json_schema.name"),
    ],
)
async def test_a_format_that_cannot_be_used_is_refused_by_name(form, param: str) -> None:
    response = await ask(response_format=form)
    assert response.status_code == 400
    assert response.json()["error"]["param"] == f"response_format{param}"


async def test_a_strategy_that_continues_answers_cannot_have_a_format() -> None:
    response = await ask(response_format={"type": "json_object"}, search=BEAM)
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "response_format"
