"""Every field of OpenAI's request is honoured under every kind of search, or refused by name."""

import json
from typing import Any, get_type_hints

import pytest
from openai.types.chat.completion_create_params import (
    CompletionCreateParamsNonStreaming,
    CompletionCreateParamsStreaming,
)

from app.wire import ChatRequest
from engines.base import Capabilities, Request
from engines.fake import FakeEngine
from tests.app.client import ask
from tests.app.test_chat import streamed
from tests.search.tools import PARIS, TOOLS, says
from tests.test_docs import API, names, rows

STRATEGIES: dict[str, dict[str, Any]] = {
    "sample": {"kind": "sample", "n": 2},
    "best_of_n": {"kind": "best_of_n", "n": 4},
    "beam_search": {"kind": "beam_search", "n": 4, "width": 2},
    "majority": {"kind": "majority", "n": 4},
}
kinds = pytest.mark.parametrize("kind", STRATEGIES)
whole = pytest.mark.parametrize("kind", ["sample", "best_of_n", "majority"])
streams = pytest.mark.parametrize("stream", [False, True])
SCHEMA = {
    "type": "object",
    "properties": {"x": {"type": "integer"}},
    "required": ["x"],
    "additionalProperties": False,
}
STRICT = {
    "type": "json_schema",
    "json_schema": {"name": "x", "strict": True, "schema": SCHEMA},
}
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


async def answer(kind: str, engine: FakeEngine, **body: Any) -> dict[str, Any]:
    response = await ask(engine, search={"strategy": STRATEGIES[kind]}, **body)
    assert response.status_code == 200, response.text
    return dict(response.json())


def test_every_field_of_openais_request_is_taken_or_documented_as_refused() -> None:
    params = (CompletionCreateParamsNonStreaming, CompletionCreateParamsStreaming)
    theirs = {name for kind in params for name in get_type_hints(kind)}
    refused = {name for row in rows(API, "refused field", "why") for name in names([row[0]])}
    assert len(theirs) > 35
    assert theirs <= set(ChatRequest.model_fields) | refused
    assert not refused & set(ChatRequest.model_fields)


@pytest.mark.parametrize("name", [row[0].strip("`") for row in rows(API, "refused field", "why")])
async def test_a_refused_field_is_named(name: str) -> None:
    response = await ask(**{name: {"type": "content"}})
    assert (response.status_code, response.json()["error"]["param"]) == (400, name)


def solve(request: Request, i: int) -> str:
    """Reason in three steps, the last of which goes on behind the end of the answer."""
    steps = ["Answer: one and\n\n", "two and\n\n", f"so it is {(request.seed >> i) % 2}. END of it"]
    return "".join(steps)[len(request.text) :]


@kinds
@streams
async def test_a_stop_string_is_never_in_an_answer(kind: str, stream: bool) -> None:
    asked = {"stop": ["END", "zzz"], "stream": stream, "n": 2}
    search = {"strategy": STRATEGIES[kind]}
    response = await ask(FakeEngine(solve), search=search, **asked)
    said = (
        [streamed(response.text, index) for index in range(2)]
        if stream
        else [choice["message"]["content"] for choice in response.json()["choices"]]
    )
    assert len(said) == 2
    assert all(text.startswith("Answer: one and\n\ntwo and\n\nso it is") for text in said)
    assert all(text.endswith(". ") for text in said)


@kinds
async def test_a_stop_string_that_lies_across_two_steps_ends_the_answer_there(kind: str) -> None:
    body = await answer(kind, FakeEngine(solve), stop="and\n\ntwo")
    assert body["choices"][0]["message"]["content"] == "Answer: one "
    assert body["choices"][0]["finish_reason"] == "stop"


@kinds
@streams
async def test_as_many_choices_come_as_were_asked_for(kind: str, stream: bool) -> None:
    search = {"strategy": STRATEGIES[kind]}
    response = await ask(FakeEngine(solve), search=search, n=2, stream=stream)
    if stream:
        assert all(streamed(response.text, index) for index in range(2))
    else:
        assert [choice["index"] for choice in response.json()["choices"]] == [0, 1]


@kinds
async def test_how_samples_are_drawn_reaches_every_request(kind: str) -> None:
    engine = FakeEngine(solve)
    how = {"temperature": 0.5, "top_p": 0.25, "presence_penalty": 1, "frequency_penalty": -1}
    await answer(kind, engine, **how, logit_bias={"7": -100, "8": 0}, max_tokens=77, logprobs=True)
    for used in (request.sampling for request in engine.seen):
        assert (used.temperature, used.top_p) == (0.5, 0.25)
        assert (used.presence_penalty, used.frequency_penalty) == (1, -1)
        assert (used.bias, used.shown) == (((7, -100),), 0)
        assert used.max_tokens <= 77


@kinds
async def test_one_seed_asks_for_the_same_samples_and_another_for_others(kind: str) -> None:
    async def seeds(seed: int) -> list[int]:
        engine = FakeEngine(solve)
        await answer(kind, engine, seed=seed)
        return [request.seed for request in engine.seen]

    assert await seeds(5) == await seeds(5) != await seeds(6)


@whole
async def test_an_answer_of_a_strict_schema_is_of_it(kind: str) -> None:
    engine = FakeEngine(lambda request, i: '{"x": 1}')
    body = await answer(kind, engine, response_format=STRICT)
    assert json.loads(body["choices"][0]["message"]["content"]) == {"x": 1}
    assert {json.dumps(SCHEMA, separators=(",", ":"))} == {
        request.sampling.json_schema for request in engine.seen
    }


async def test_step_by_step_a_schema_is_refused() -> None:
    search = {"strategy": STRATEGIES["beam_search"]}
    error = (await ask(response_format=STRICT, search=search)).json()["error"]
    assert error["param"] == "response_format"


@kinds
@pytest.mark.parametrize("parallel", [True, False])
async def test_calls_are_made_one_or_several(kind: str, parallel: bool) -> None:
    body = await answer(kind, says(PARIS[0]), tools=TOOLS, parallel_tool_calls=parallel)
    [choice] = body["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["tool_calls"][0]["function"]["name"] == "get_weather"


@kinds
async def test_a_history_of_calls_is_shown_to_the_model(kind: str) -> None:
    engine = says("Answer: warm.")
    call = {"id": "c1", "type": "function", "function": {"name": "now", "arguments": "{}"}}
    turns = [
        {"role": "user", "content": "How warm?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "21 degrees"},
    ]
    body = await answer(kind, engine, tools=TOOLS, messages=turns, tool_choice="auto")
    assert body["choices"][0]["message"]["content"] == "Answer: warm."
    last = engine.seen[0].prompt.conversation.messages[-1]
    assert (last.role, last.content, last.tool_call_id) == ("tool", "21 degrees", "c1")


@pytest.mark.parametrize(
    ("images", "url", "refused"),
    [
        ("none", "data:image/png;base64,AAAA", True),
        ("data", "data:image/png;base64,AAAA", False),
        ("data", "https://example.org/cat.png", True),
        ("any", "https://example.org/cat.png", False),
    ],
)
async def test_images_are_passed_on_to_engines_that_take_them(images, url: str, refused) -> None:
    able = Capabilities("eyes", token_ids=True, continues=True, alternatives=20, images=images)
    engine = FakeEngine(solve, capabilities=able)
    content = [
        {"type": "text", "text": "What is"},
        {"type": "image_url", "image_url": {"url": url}},
    ]
    response = await ask(engine, messages=[{"role": "user", "content": content}])
    assert response.status_code == (400 if refused else 200)
    if refused:
        assert response.json()["error"]["param"] == "messages"
    else:
        [image] = engine.seen[0].prompt.conversation.images
        assert (image.url, image.at) == (url, 7)


@pytest.mark.parametrize("kind", ["input_audio", "file", "refusal", "video_url"])
async def test_other_parts_are_refused_by_their_names(kind: str) -> None:
    content = [{"type": "text", "text": "hear"}, {"type": kind, kind: {}}]
    error = (await ask(messages=[{"role": "user", "content": content}])).json()["error"]
    assert error["param"] == "messages.0.content"
    assert kind in error["message"]


async def test_a_picture_is_for_users_to_show_and_not_for_scorers_to_read() -> None:
    turn = {"role": "system", "content": [PICTURE]}
    error = (await ask(messages=[turn])).json()["error"]
    assert "has no images" in error["message"]
    body = {"messages": [{"role": "user", "content": [PICTURE]}], "solutions": ["x"]}
    error = (await ask(path="/v1/score", **body)).json()["error"]
    assert error["param"] == "messages"


async def test_a_bias_is_refused_where_it_would_be_lost() -> None:
    able = Capabilities("plain", token_ids=True, continues=True, alternatives=20)
    response = await ask(FakeEngine(solve, capabilities=able), logit_bias={"5": 1})
    assert (response.status_code, response.json()["error"]["param"]) == (400, "logit_bias")
