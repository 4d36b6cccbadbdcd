"""`tools`: which are taken, how they are asked for, and what becomes of the calls."""

import json
from typing import Any

import orjson
import pytest

from engines.base import Capabilities, Request
from engines.fake import FakeEngine
from search.strategies import KINDS
from tests.app.client import ask
from tests.search.tools import INVALID, PARIS, ROME, TOOLS, listed, says, tool
from tests.small import SMALL

WEATHER = ("get_weather", {"city": "Paris"})
NAMED = {"type": "function", "function": {"name": "now"}}
CALL = {"id": "c1", "type": "function", "function": {"name": "now", "arguments": "{}"}}
USER = {"role": "user", "content": "How warm is it?"}
CALLED = {"role": "assistant", "content": None, "tool_calls": [CALL]}


async def message(*answers: str, **body: Any) -> dict[str, Any]:
    """Return the first choice of an answer with tools."""
    return (await ask(says(*answers), **{"tools": TOOLS} | body)).json()["choices"][0]


async def test_a_call_is_answered_as_openai_has_it() -> None:
    choice = await message(PARIS[0])
    [call] = choice["message"]["tool_calls"]
    assert (choice["finish_reason"], choice["message"]["content"]) == ("tool_calls", None)
    assert (call["type"], call["function"]["name"]) == ("function", "get_weather")
    assert json.loads(call["function"]["arguments"]) == {"city": "Paris", "days": 2}


async def test_words_beside_a_call_are_its_content() -> None:
    assert (await message(PARIS[1]))["message"]["content"] == "Sure."


async def test_words_alone_are_an_answer_as_ever() -> None:
    choice = await message("It is warm.")
    assert choice["finish_reason"] == "stop"
    assert choice["message"] == {"role": "assistant", "content": "It is warm.", "refusal": None}


async def test_every_call_of_a_response_has_a_name_of_its_own() -> None:
    body = {"tools": TOOLS, "n": 2, "search": {"strategy": "best_of_n", "candidates": 2}}
    response = (await ask(says(ROME + ROME), **body)).json()
    shown = [choice["message"]["tool_calls"] for choice in response["choices"]]
    ids = [call["id"] for calls in shown for call in calls]
    assert len(set(ids)) == len(ids) == 4
    assert [c["tool_calls"] for c in response["search"]["candidates"]] == shown
    assert all(name.startswith("call_") for name in ids)


async def test_the_commonest_call_is_the_answer() -> None:
    body = {"tools": TOOLS, "search": {"strategy": {"kind": "majority", "n": 5}}}
    response = (await ask(says(ROME, INVALID, *PARIS[:3]), **body)).json()
    [call] = response["choices"][0]["message"]["tool_calls"]
    assert "Paris" in call["function"]["arguments"]
    assert response["search"]["degradations"] == []


async def test_a_call_no_tool_would_take_is_text_and_said_to_be_so() -> None:
    response = (await ask(says(INVALID), tools=TOOLS)).json()
    assert response["choices"][0]["message"]["content"] == INVALID
    assert response["choices"][0]["finish_reason"] == "stop"
    assert len(response["search"]["degradations"]) == 1


@pytest.mark.parametrize(
    ("choice", "names"), [("required", ["get_weather", "now"]), (NAMED, ["now"])]
)
async def test_a_required_call_is_drawn_under_a_schema(choice, names: list[str]) -> None:
    engine = says(listed(("now", {})))
    response = await ask(engine, tools=TOOLS, tool_choice=choice, parallel_tool_calls=False)
    schema = json.loads(engine.seen[0].sampling.json_schema or "")
    calls = schema["items"]["anyOf"]
    assert [call["properties"]["name"]["const"] for call in calls] == names
    assert schema["maxItems"] == 1
    assert response.json()["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "now"


@pytest.mark.parametrize("body", [{}, {"tool_choice": "auto"}])
async def test_a_call_that_is_not_required_is_drawn_freely(body) -> None:
    engine = says("Hello.")
    await ask(engine, tools=TOOLS, **body)
    request = engine.seen[0]
    assert request.sampling.json_schema is None
    assert request.prompt.conversation.tools == TOOLS


async def test_tools_that_must_not_be_called_are_not_told_of() -> None:
    engine = says(PARIS[0])
    form = {"type": "json_object"}
    response = await ask(engine, tools=TOOLS, tool_choice="none", response_format=form)
    assert response.json()["choices"][0]["message"]["content"] == PARIS[0]
    assert engine.seen[0].prompt.conversation.tools == ()


async def test_one_call_an_answer_if_there_may_not_be_several() -> None:
    body = {"parallel_tool_calls": False, "search": {"strategy": {"kind": "sample", "n": 2}}}
    assert len((await message(ROME + ROME, ROME, **body))["message"]["tool_calls"]) == 1


async def test_a_conversation_goes_on_with_the_results_of_its_calls() -> None:
    engine = says("Noon.")
    result = {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "12:00"}]}
    response = await ask(engine, messages=[USER, CALLED, result], tools=TOOLS)
    _, called, answered = engine.seen[0].prompt.conversation.messages
    assert response.json()["choices"][0]["message"]["content"] == "Noon."
    assert (called.content, called.tool_calls[0].call.name) == ("", "now")
    assert (answered.role, answered.content, answered.tool_call_id) == ("tool", "12:00", "c1")


def strange(**function: Any) -> dict[str, Any]:
    return {"tools": [{"type": "function", "function": {"name": "f"} | function}]}


def turns(*messages: dict[str, Any]) -> dict[str, Any]:
    return {"messages": [USER, *messages]}


def spelt(arguments: str) -> dict[str, Any]:
    function = {"name": "now", "arguments": arguments}
    return turns({"role": "assistant", "tool_calls": [CALL | {"function": function}]})


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"tools": [{"type": "web_search"}]}, "tools.0.type"),
        ({"tools": [{"type": "function"}]}, "tools.0.function"),
        (strange(name="a b"), "tools.0.function.name"),
        (strange(parameters={"type": "nope"}), "tools.0.function.parameters"),
        (strange(parameters={"type": "string"}), "tools.0.function.parameters"),
        (strange(parameters={"$ref": "#/$defs/x"}), "tools.0.function.parameters"),
        (strange(parameters={"$id": "x:y"}), "tools.0.function.parameters"),
        (strange(handler="x"), "tools.0.function.handler"),
        ({"tools": [*TOOLS, *TOOLS]}, "tools"),
        ({"tools": [tool(f"f{i}", {}) for i in range(129)]}, "tools"),
        (strange(description="x" * 300_000), "tools"),
        (strange(parameters={"allOf": [{}] * 2000}), "tools"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"tool_choice": NAMED}, "tool_choice"),
        ({"tools": TOOLS, "tool_choice": "always"}, "tool_choice"),
        ({"tools": TOOLS, "tool_choice": {"type": "allowed_tools"}}, "tool_choice"),
        (strange() | {"tool_choice": NAMED}, "tool_choice"),
        ({"tools": TOOLS, "response_format": {"type": "json_object"}}, "response_format"),
        ({"functions": [{"name": "f"}]}, "functions"),
        ({"function_call": "auto"}, "function_call"),
        (turns({"role": "tool", "content": "x"}), "messages.1"),
        (turns({"role": "tool", "content": "x", "tool_call_id": "c1"}), "messages"),
        (turns({"role": "user", "content": "x", "tool_calls": [CALL]}), "messages.1"),
        (turns({"role": "assistant"}), "messages.1"),
        (turns({"role": "assistant", "function_call": {}}), "messages.1.function_call"),
        (spelt("[1]"), "messages.1.tool_calls.0.function.arguments"),
        (spelt("{"), "messages.1.tool_calls.0.function.arguments"),
    ],
)
async def test_what_cannot_be_called_is_refused_by_name(body, param: str) -> None:
    response = await ask(**body)
    error = response.json()["error"]
    assert (response.status_code, error["param"]) == (400, param), error
    assert error["message"]


async def test_an_engine_without_grammars_cannot_require_a_call() -> None:
    engine = FakeEngine(lambda *_: ROME, capabilities=Capabilities("fake", context=1000))
    response = await ask(engine, tools=TOOLS, tool_choice="required")
    assert (response.status_code, response.json()["error"]["param"]) == (400, "tool_choice")
    assert (await ask(engine, tools=TOOLS)).status_code == 200


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "auto"])
async def test_every_strategy_answers_with_a_call_or_is_refused_by_name(kind: str) -> None:
    def reply(request: Request, i: int) -> str:
        return PARIS[(request.seed + i) % len(PARIS)]

    response = await ask(FakeEngine(reply), tools=TOOLS, search={"strategy": SMALL[kind]})
    body = response.json()
    if KINDS[kind].speaks:
        assert (response.status_code, body["error"]["param"]) == (400, "search.strategy")
    else:
        assert body["choices"][0]["message"]["tool_calls"], body


def chunks(text: str) -> list[dict[str, Any]]:
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")]
    return [orjson.loads(line)["choices"][0] for line in lines if line != "[DONE]"]


async def test_a_stream_has_calls_in_pieces_that_join() -> None:
    whole = (await message(PARIS[1] + "</tool_call>" + ROME))["message"]["tool_calls"]
    response = await ask(says(PARIS[1] + "</tool_call>" + ROME), tools=TOOLS, stream=True)
    found = chunks(response.text)
    pieces = [piece for c in found for piece in c["delta"].get("tool_calls", ())]
    assert "".join(c["delta"].get("content", "") for c in found) == "Sure."
    for i, call in enumerate(whole):
        mine = [piece for piece in pieces if piece["index"] == i]
        assert (mine[0]["function"]["name"], mine[0]["type"]) == ("get_weather", "function")
        assert "".join(p["function"]["arguments"] for p in mine) == call["function"]["arguments"]
    assert found[-1]["finish_reason"] == "tool_calls"
