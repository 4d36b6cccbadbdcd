"""A response as a client of OpenAI's sees it."""

import json
from pathlib import Path

import pytest

from app.responses.wire import ResponseRequest
from engines.errors import EngineUnavailable
from engines.fake import FakeEngine
from tests.app.responses.world import (
    ASK,
    BEST,
    PATH,
    an_app,
    asked,
    refused,
    said_to,
    speaking,
    text_of,
)
from tests.search.tools import PARIS, TOOLS, says


async def test_an_answer_is_a_message_and_says_how_it_was_found(client) -> None:
    body = await asked(client, search=BEST, metadata={"run": "7"})
    [item] = body["output"]
    assert (body["status"], body["error"], body["incomplete_details"]) == ("completed", None, None)
    assert (item["type"], item["role"], item["status"]) == ("message", "assistant", "completed")
    assert text_of(body).startswith("b b b\n\nb b b\n\nAnswer: ")
    assert body["search"]["strategy"] == BEST["strategy"]
    assert body["search"]["trace_id"] == body["id"]
    assert body["metadata"] == {"run": "7"}


async def test_the_bill_has_every_token_and_those_not_shown_as_reasoning(client) -> None:
    usage = (await asked(client, search=BEST))["usage"]
    assert (usage["output_tokens"], usage["output_tokens_details"]) == (
        32,
        {"reasoning_tokens": 24},
    )
    assert usage["total_tokens"] == usage["input_tokens"] + 32
    assert usage["input_tokens_details"]["cached_tokens"] == 0


async def test_an_answer_that_was_cut_is_incomplete(client) -> None:
    body = await asked(client, max_output_tokens=3, reasoning={"effort": "none"})
    assert body["status"] == body["output"][0]["status"] == "incomplete"
    assert body["incomplete_details"] == {"reason": "max_output_tokens"}
    assert body["completed_at"] is None


async def test_running_out_of_budget_is_no_error(client) -> None:
    body = await asked(client, search=BEST | {"budget": {"tokens": 2}})
    assert body["search"]["exhausted"] == "tokens"
    assert body["status"] == "incomplete"


async def test_a_summary_says_what_the_search_did(client) -> None:
    reasoning, message = (await asked(client, search=BEST, reasoning={"summary": "auto"}))["output"]
    [part] = reasoning["summary"]
    assert (reasoning["type"], message["type"]) == ("reasoning", "message")
    assert part["text"].splitlines() == [
        "Strategy: best_of_n, by the request.",
        "Drawn: 4 samples, 32 tokens, 2 calls.",
        "Score of the answer: 1.000, by shares_of_b.",
        "Ended: finished.",
    ]


@pytest.mark.parametrize(
    ("body", "kind", "budget"),
    [
        ({}, "best_of_n", {"tokens": 4000}),
        ({"reasoning": {"effort": "none"}}, "sample", {}),
        ({"reasoning": {"effort": "high"}}, "best_of_n", {"tokens": 16000}),
        ({"model": "fathom:majority"}, "majority", {}),
        ({"temperature": 0}, "sample", {"tokens": 4000}),
        ({"search": {"budget": {"calls": 3}}}, "best_of_n", {"tokens": 4000, "calls": 3}),
    ],
)
async def test_efforts_and_aliases_are_those_of_chat_completions(
    client, body, kind, budget
) -> None:
    search = (await asked(client, **body))["search"]
    assert (search["strategy"]["kind"], search["budget"]) == (kind, budget)


async def test_items_become_one_conversation(client, engine: FakeEngine) -> None:
    items = [
        {"role": "developer", "content": "Be brief."},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "1+1?"}]},
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"},
        {"role": "assistant", "content": [{"type": "output_text", "text": "2", "annotations": []}]},
        {"role": "user", "content": "2+2?"},
    ]
    await asked(client, input=items, instructions="Add.", reasoning={"effort": "none"})
    assert said_to(engine) == [
        ("system", "Add."),
        ("system", "Be brief."),
        ("user", "1+1?"),
        ("assistant", "2"),
        ("user", "2+2?"),
    ]


FLAT = [{"type": "function", **tool["function"]} for tool in TOOLS]


async def test_calls_are_items_and_their_results_go_back(store) -> None:
    engine = says(PARIS[0])
    async with speaking(an_app(store, engine)) as client:
        body = await asked(client, tools=FLAT, reasoning={"effort": "none"})
        [call] = body["output"]
        result = {"type": "function_call_output", "call_id": call["call_id"], "output": "21"}
        turns = [{"role": "user", "content": "Hot?"}, call, result]
        await asked(client, input=turns, tools=FLAT, reasoning={"effort": "none"})
    assert (call["type"], call["name"], body["status"]) == (
        "function_call",
        "get_weather",
        "completed",
    )
    assert json.loads(call["arguments"]) == {"city": "Paris", "days": 2}
    assert [role for role, _ in said_to(engine)[-3:]] == ["user", "assistant", "tool"]


async def test_an_answer_is_json_of_the_schema(store) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    form = {"type": "json_schema", "name": "count", "schema": schema, "strict": True}
    async with speaking(an_app(store, says('{"n": 42}'))) as client:
        body = await asked(client, text={"format": form})
    assert json.loads(text_of(body)) == {"n": 42}
    assert body["text"]["format"]["schema"] == schema


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"conversation": "conv_1"}, "conversation"),
        ({"prompt": {"id": "p"}}, "prompt"),
        ({"max_tool_calls": 2}, "max_tool_calls"),
        ({"include": ["message.output_text.logprobs"]}, "include"),
        ({"truncation": "auto"}, "truncation"),
        ({"service_tier": "flex"}, "service_tier"),
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"text": {"verbosity": "low"}}, "text.verbosity"),
        ({"reasoning": {"mode": "pro"}}, "reasoning.mode"),
        ({"reasoning": {"context": "all_turns"}}, "reasoning.context"),
        ({"stream_options": {"include_obfuscation": True}}, "stream_options.include_obfuscation"),
        ({"metadata": {"a": "b" * 513}}, "metadata.a"),
        ({"metadata": {str(i): "" for i in range(17)}}, "metadata"),
        ({"input": []}, "input"),
        ({"input": [{"type": "reasoning"}]}, "input"),
        ({"input": [{"type": "item_reference", "id": "x"}]}, "input.0"),
        ({"input": [{"role": "user", "content": [{"type": "input_image"}]}]}, "input.0.content.0"),
        ({"input": [{"type": "function_call_output", "call_id": "a", "output": ""}]},
         "input.0.call_id"),
        ({"tools": [{"type": "web_search"}]}, "tools.0"),
        ({"tools": [FLAT[0], FLAT[0]]}, "tools"),
        ({"tool_choice": {"type": "function", "name": "nowhere"}}, "tool_choice"),
        ({"tool_choice": {"type": "allowed_tools"}}, "tool_choice.type"),
        ({"text": {"format": {"type": "grammar"}}}, "text.format"),
        ({"text": {"format": {"type": "json_schema", "name": "a", "schema": {"type": 1}}}},
         "text.format.schema"),
        ({"model": "fathom:mcts", "text": {"format": {"type": "json_object"}}}, "text.format"),
        ({"search": {"strategy": "magic"}}, "search.strategy"),
        ({"seed": 1}, "seed"),
    ],
)  # fmt: skip
async def test_what_cannot_be_honoured_is_refused_by_name(client, body, param: str) -> None:
    status, _, named = await refused(client, **body)
    assert (status, named) == (400, param)


async def test_a_field_given_as_null_is_not_given(client) -> None:
    fields = ("conversation", "prompt", "tools", "tool_choice", "reasoning", "text", "include")
    assert (await asked(client, **dict.fromkeys(fields)))["status"] == "completed"


async def test_a_failure_is_an_error_and_no_response(store) -> None:
    def fails(*_: object) -> str:
        raise EngineUnavailable("down")

    async with speaking(an_app(store, FakeEngine(fails))) as client:
        answer = await client.post(PATH, json=ASK)
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "engine_unavailable")


def test_every_field_of_a_request_is_in_the_documents() -> None:
    text = (Path(__file__).parents[3] / "docs" / "responses.md").read_text()
    assert all(f"`{name}`" in text for name in ResponseRequest.model_fields)
