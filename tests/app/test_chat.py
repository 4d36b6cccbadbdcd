"""The endpoint, as a client of OpenAI's sees it."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from app.errors import STATUS
from engines.errors import ContextOverflow, EngineError, EngineOverloaded, EngineUnavailable
from engines.fake import FakeEngine
from scorers.base import ScorerError
from search.errors import SearchError
from search.policy import write
from search.strategies import KINDS, BestOfN
from tests.app.client import ASK, BEAM, an_app, ask, call, call_app
from tests.search.world import a_or_b, advising, policy


def frames(text: str) -> list[str]:
    return [line[6:] for line in text.splitlines() if line.startswith("data: ")]


def streamed(text: str, index: int = 0) -> str:
    chunks = [json.loads(frame) for frame in frames(text)[:-1]]
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    return "".join(c["delta"].get("content") or "" for c in choices if c["index"] == index)


async def test_answers_like_openai() -> None:
    body = (await ask(search=BEAM)).json()
    [choice] = body["choices"]
    assert body["object"] == "chat.completion"
    assert choice["message"]["role"] == "assistant"
    assert choice["message"]["content"].startswith("b b b\n\nb b b\n\nAnswer: ")
    assert (choice["index"], choice["finish_reason"]) == (0, "stop")
    usage = body["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


async def test_says_how_the_answer_was_found_and_what_it_cost() -> None:
    body = (await ask(search=BEAM | {"candidates": 2, "budget": {"tokens": 500}})).json()
    search, usage = body["search"], body["usage"]
    assert search["strategy"] == BEAM["strategy"] | {
        "rounds": 40,
        "max_step_tokens": 256,
        "step_end": "\n\n",
    }
    assert (search["stop"], search["scorer"]) == ("finished", "shares_of_b")
    assert search["score"] == pytest.approx(sum(search["rewards"]) / 3)
    assert search["budget"] == {"tokens": 500}
    assert search["spent"]["generator"]["completion_tokens"] == usage["completion_tokens"]
    assert search["spent"]["verifier"]["calls"] > 0
    assert search["candidates"][0]["content"] == body["choices"][0]["message"]["content"]
    assert len(search["candidates"]) == 2


async def test_reasoning_tokens_are_those_not_in_the_answer() -> None:
    usage = (await ask(search={"strategy": {"kind": "best_of_n", "n": 4}})).json()["usage"]
    assert usage["completion_tokens"] == 32
    assert usage["completion_tokens_details"]["reasoning_tokens"] == 24


async def test_n_choices_are_the_best_solutions_ranked() -> None:
    body = (await ask(n=3, search={"strategy": "best_of_n"})).json()
    said = [choice["message"]["content"][-1] for choice in body["choices"]]
    assert [choice["index"] for choice in body["choices"]] == [0, 1, 2]
    assert said == sorted(said, reverse=True)


@pytest.mark.parametrize("kind", KINDS)
async def test_every_strategy_can_be_named_alone_or_in_the_model(kind: str, tmp_path: Path) -> None:
    write(policy(advising(BestOfN(n=4))), tmp_path / "policy.yaml")
    app = an_app(policy=tmp_path / "policy.yaml")
    asked = (ASK | {"search": {"strategy": kind}}, ASK | {"model": f"fathom:{kind}"})
    by_field, by_model = [
        (await call_app(app, "POST", "/v1/chat/completions", json=body)).json() for body in asked
    ]
    assert by_field["search"]["strategy"]["kind"] == kind
    assert by_model["choices"] == by_field["choices"]


@pytest.mark.parametrize(
    ("body", "kind", "budget"),
    [
        ({}, "best_of_n", {"tokens": 4000}),
        ({"reasoning_effort": "none"}, "sample", {}),
        ({"reasoning_effort": "high"}, "best_of_n", {"tokens": 16000}),
        ({"model": "fathom:max"}, "best_of_n", {"tokens": 64000}),
        ({"temperature": 0}, "sample", {"tokens": 4000}),
        ({"search": {"strategy": "majority"}}, "majority", {}),
        ({"search": {"budget": {"calls": 3}}}, "best_of_n", {"tokens": 4000, "calls": 3}),
        ({"reasoning": {"effort": "none"}}, "sample", {}),
        ({"reasoning": {"max_tokens": 90}}, "best_of_n", {"tokens": 90}),
        (
            {"reasoning": {"max_tokens": 90}, "search": {"budget": {"tokens": 70}}},
            "best_of_n",
            {"tokens": 70},
        ),
        ({"reasoning": {"max_tokens": 90}, "model": "fathom:high"}, "best_of_n", {"tokens": 90}),
    ],
)
async def test_whose_word_counts(body, kind: str, budget) -> None:
    search = (await ask(**body)).json()["search"]
    assert (search["strategy"]["kind"], search["budget"]) == (kind, budget)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"logprobs": True, "top_logprobs": 21}, "top_logprobs"),
        ({"verbosity": "low"}, "verbosity"),
        ({"service_tier": "priority"}, "service_tier"),
        ({"prompt_cache_retention": "24h"}, "prompt_cache_retention"),
        ({"prediction": {"type": "content", "content": "x"}}, "prediction"),
        ({"response_format": {"type": "xml"}}, "response_format.type"),
        ({"logit_bias": {"five": 1}}, "logit_bias"),
        ({"logit_bias": {"5": 101}}, "logit_bias.5"),
        ({"logit_bias": {"5": 1, "05": 2}}, "logit_bias"),
        ({"metadata": {"a": "b"}}, "metadata"),
        ({"frobnicate": 1}, "frobnicate"),
        ({"n": 9, "search": {"strategy": {"kind": "majority", "n": 4}}}, "n"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "function", "content": "x"}]}, "messages.0.role"),
        ({"temperature": 3}, "temperature"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "stop"),
        ({"search": {"strategy": {"kind": "best_of_n", "N": 3}}}, "search.strategy.N"),
        ({"search": {"strategy": "magic"}}, "search.strategy"),
        ({"search": {"budget": {"tokens": 0}}}, "search.budget.tokens"),
        ({"reasoning": {"exclude": 3}}, "reasoning.exclude"),
        ({"thinking_token_budget": -2}, "thinking_token_budget"),
        ({"thinking_token_budget": 80}, "thinking_token_budget"),
        ({"search": {"scorer": "oracle"}}, "search.scorer"),
        ({"search": {"reference": "42"}}, "search.reference"),
        ({"search": {"depth": 3}}, "search.depth"),
        ({"search": {"pattern": "("}}, "search.pattern"),
        ({"search": {"pattern": r"(?=look)"}}, "search.pattern"),
        ({"model": "gpt-5"}, "model"),
    ],
)
async def test_what_cannot_be_honoured_is_refused_by_name(body, param: str) -> None:
    response = await ask(**body)
    error = response.json()["error"]
    assert response.status_code == (404 if param == "model" else 400)
    assert error["param"] == param
    assert error.keys() == {"message", "type", "param", "code"}
    assert error["message"]


@pytest.mark.parametrize(
    "field",
    [
        {"tools": None},
        {"n": None},
        {"logprobs": False},
        {"top_logprobs": 0},
        {"verbosity": "medium"},
        {"prompt_cache_options": {"mode": "implicit"}},
        {"response_format": {"type": "text"}},
        {"response_format": {"type": "json_object"}},
        {"store": False},
        {"user": "u1"},
        {"stop": "zzz"},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "6*7?"}]}]},
        {"messages": [{"role": "developer", "content": "x"}, {"role": "user", "content": "y"}]},
    ],
)
async def test_what_clients_send_without_meaning_anything_is_taken(field) -> None:
    assert (await ask(**field)).status_code == 200


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'"x"', b"\xff"])
async def test_a_body_that_is_no_request_is_refused(content: bytes) -> None:
    headers = {"content-type": "application/json"}
    response = await call("POST", "/v1/chat/completions", content=content, headers=headers)
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ContextOverflow("9 tokens, limit 8"), 400, "context_length_exceeded"),
        (EngineUnavailable("down"), 502, "engine_unavailable"),
        (EngineOverloaded("full", retry_after=7), 503, "engine_overloaded"),
        (RuntimeError("a secret"), 500, "internal_error"),
    ],
)
async def test_an_engines_failure_keeps_its_kind(error, status: int, code: str) -> None:
    def fails(request, i):
        raise error

    response = await ask(FakeEngine(fails))
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert "secret" not in response.text
    assert response.headers.get("retry-after") == ("7" if status == 503 else None)


@pytest.mark.parametrize("root", [EngineError, ScorerError, SearchError])
def test_every_error_has_a_status(root: type[Exception]) -> None:
    assert root in STATUS


@pytest.mark.parametrize("path", ["/nowhere", "/v1/feedback"])
async def test_a_path_or_method_that_is_not_there_is_an_error_object(path: str) -> None:
    response = await call("GET", path)
    assert response.status_code in (404, 405)
    assert response.json()["error"]["type"] in ("not_found_error", "invalid_request_error")


@pytest.mark.parametrize(
    ("path", "methods"),
    [("/v1/files", "GET, POST"), ("/v1/search/traces/compare", "GET"), ("/docs", "GET, HEAD")],
)
async def test_a_wrong_method_is_told_all_that_the_path_has(path: str, methods: str) -> None:
    response = await call("OPTIONS", path)
    assert (response.status_code, response.headers["allow"]) == (405, methods)


async def test_a_request_is_named_and_the_clients_own_name_is_kept() -> None:
    assert (await ask()).headers["x-request-id"].startswith("req_")
    named = await call("GET", "/health", headers={"x-request-id": "mine-1"})
    assert named.headers["x-request-id"] == "mine-1"


@pytest.mark.parametrize("search", [BEAM, {"strategy": "sample"}, {"strategy": "best_of_n"}])
async def test_a_stream_says_what_the_whole_says(search) -> None:
    whole = (await ask(search=search)).json()
    response = await ask(search=search, stream=True, stream_options={"include_usage": True})
    *chunks, usage = [json.loads(frame) for frame in frames(response.text)[:-1]]
    assert response.headers["content-type"].startswith("text/event-stream")
    assert streamed(response.text) == whole["choices"][0]["message"]["content"]
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["search"]["strategy"] == whole["search"]["strategy"]
    assert (usage["choices"], usage["usage"]) == ([], whole["usage"])
    assert frames(response.text)[-1] == "[DONE]"


async def test_a_stream_without_usage_has_a_choice_in_every_chunk() -> None:
    response = await ask(stream=True, n=2)
    chunks = [json.loads(frame) for frame in frames(response.text)[:-1]]
    assert all(chunk["choices"] and "usage" not in chunk for chunk in chunks)
    assert {chunk["choices"][0]["index"] for chunk in chunks} == {0, 1}


async def test_a_stream_shows_progress_as_comments() -> None:
    response = await ask(stream=True, search=BEAM)
    assert any(line.startswith(": ") for line in response.text.splitlines())


async def test_a_streamed_answer_never_shows_a_stop_string() -> None:
    engine = FakeEngine(lambda request, i: "the answer is 42 END of it")
    asked = {"search": {"strategy": "sample"}, "stop": "END"}
    response = await ask(engine, stream=True, **asked)
    assert streamed(response.text) == "the answer is 42 "


@pytest.mark.parametrize("stream", [False, True])
async def test_an_error_before_anything_was_drawn_keeps_its_status(stream: bool) -> None:
    response = await ask(stream=stream, search={"strategy": "majority", "scorer": "none such"})
    assert response.status_code == 400


async def test_an_error_after_the_first_event_is_the_last_event() -> None:
    def fails_late(request, i):
        if request.id != "1.0":
            raise ContextOverflow("9 tokens, limit 8")
        return a_or_b(request, i)

    response = await ask(FakeEngine(fails_late), stream=True, search=BEAM)
    assert response.status_code == 200
    assert json.loads(frames(response.text)[-2])["error"]["code"] == "context_length_exceeded"


@pytest.mark.parametrize("stream", [False, True])
async def test_hanging_up_ends_the_search(stream: bool) -> None:
    begun = asyncio.Event()
    engine = FakeEngine(a_or_b, latency=lambda r: 0 if r.id == "1.0" else begun.set() or 60)
    body = json.dumps(ASK | {"search": BEAM, "stream": stream}).encode()
    inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    inbox.put_nowait({"type": "http.request", "body": body})
    scope = {"type": "http", "method": "POST", "path": "/v1/chat/completions", "query_string": b""}
    scope |= {"headers": [(b"content-type", b"application/json")], "asgi": {"spec_version": "2.4"}}

    async def leave() -> None:
        await begun.wait()
        inbox.put_nowait({"type": "http.disconnect"})

    async def send(message: dict[str, Any]) -> None: ...

    async with asyncio.timeout(1), asyncio.TaskGroup() as group:
        group.create_task(leave())
        await an_app(engine)(scope, inbox.get, send)
    assert sorted(engine.aborted) == ["2.0", "2.1"] or sorted(engine.aborted) == ["3.0", "3.1"]


async def test_the_trace_is_returned_if_it_is_asked_for() -> None:
    trace = (await ask(search=BEAM | {"trace": True})).json()["search"]["trace"]
    assert {event["kind"] for event in trace} >= {"rendered", "generated", "judged", "grouped"}


@pytest.mark.parametrize("stream", [False, True])
async def test_the_report_of_a_search_has_the_completions_id(stream: bool) -> None:
    text = (await ask(stream=stream)).text
    told = [json.loads(frame) for frame in frames(text)[:-1]] if stream else [json.loads(text)]
    [name] = {part["id"] for part in told}
    assert name.startswith("chatcmpl-")
    assert told[-1]["search"]["trace_id"] == name
