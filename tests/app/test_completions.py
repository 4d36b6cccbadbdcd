"""`/v1/completions`, as a client of OpenAI's legacy endpoint sees it."""

import json
from typing import Any, get_type_hints

import pytest
from openai.types.completion_create_params import CompletionCreateParamsNonStreaming

from app.completions.request import CompletionRequest
from engines.base import Capabilities
from engines.fake import FakeEngine
from search.strategies import KINDS
from tests.app.client import BEAM, an_app, call_app
from tests.app.test_chat import frames
from tests.search.world import a_or_b
from tests.test_docs import API, names, rows

ASK: dict[str, Any] = {"model": "fathom", "prompt": "6*7 =", "max_tokens": 40}


async def complete(engine: FakeEngine | None = None, **body: Any):
    return await call_app(an_app(engine), "POST", "/v1/completions", json=ASK | body)


def joined(text: str, index: int = 0) -> str:
    chunks = [json.loads(frame) for frame in frames(text)[:-1]]
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    return "".join(c["text"] for c in choices if c["index"] == index)


def test_every_field_is_documented_and_openais_are_taken_or_refused_by_name() -> None:
    documented = set(names([row[0] for row in rows(API, "field of a prompt")]))
    assert documented == {*CompletionRequest.model_fields, "suffix"}
    assert set(get_type_hints(CompletionCreateParamsNonStreaming)) <= documented


async def test_answers_like_openai() -> None:
    body = (await complete(search=BEAM)).json()
    [choice] = body["choices"]
    assert (body["object"], body["id"][:5], body["model"]) == ("text_completion", "cmpl-", "fathom")
    assert choice["text"].startswith("b b b\n\nb b b\n\nAnswer: ")
    assert (choice["index"], choice["finish_reason"], choice["logprobs"]) == (0, "stop", None)
    usage = body["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert body["search"]["strategy"]["kind"] == "beam_search"
    assert body["search"]["trace_id"] == body["id"]


@pytest.mark.parametrize("prompt", ["6*7 =", ["6*7 ="], [5, 6, 7], [[5, 6, 7]]])
async def test_a_prompt_is_read_without_a_template(prompt) -> None:
    engine = FakeEngine(a_or_b)
    assert (await complete(engine, prompt=prompt)).status_code == 200
    expected = await engine.tokenize("6*7 =") if isinstance(prompt[0], str) else (5, 6, 7)
    assert {request.prompt.ids for request in engine.seen} == {expected}


async def test_a_list_of_prompts_has_the_choices_of_each_in_turn() -> None:
    body = (await complete(prompt=["one", "two", [3, 4]], n=2)).json()
    assert [choice["index"] for choice in body["choices"]] == list(range(6))
    assert [report["trace_id"] for report in body["searches"]] == [
        f"{body['id']}-{i}" for i in range(3)
    ]
    spent = [report["spent"]["generator"] for report in body["searches"]]
    assert body["usage"]["completion_tokens"] == sum(s["completion_tokens"] for s in spent)


@pytest.mark.parametrize("search", [BEAM, {"strategy": "sample"}, {"strategy": "best_of_n"}])
@pytest.mark.parametrize("how", [{}, {"echo": True}, {"logprobs": 1}])
async def test_a_stream_says_what_the_whole_says(search, how) -> None:
    whole = (await complete(search=search, n=1, **how)).json()
    how = {"stream": True, "stream_options": {"include_usage": True}} | how
    text = (await complete(search=search, **how)).text
    *chunks, usage = [json.loads(frame) for frame in frames(text)[:-1]]
    assert joined(text) == whole["choices"][0]["text"]
    assert {chunk["object"] for chunk in [*chunks, usage]} == {"text_completion"}
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["search"]["strategy"] == whole["search"]["strategy"]
    assert all(chunk["usage"] is None for chunk in chunks)
    assert (usage["choices"], usage["usage"]) == ([], whole["usage"])


@pytest.mark.parametrize("stream", [True, False])
async def test_log_probabilities_are_in_the_legacy_shape(stream: bool) -> None:
    text = (await complete(logprobs=2, search={"strategy": "sample"}, stream=stream)).text
    parts = [json.loads(frame) for frame in frames(text)[:-1]] if stream else [json.loads(text)]
    told = [choice["logprobs"] for part in parts for choice in part["choices"]]
    told = [logprobs for logprobs in told if logprobs]
    tokens = [token for logprobs in told for token in logprobs["tokens"]]
    offsets = [offset for logprobs in told for offset in logprobs["text_offset"]]
    assert "".join(tokens).endswith(("Answer: a", "Answer: b"))
    assert offsets == [sum(map(len, tokens[:i])) for i in range(len(tokens))]
    assert all(len(top) == 2 for logprobs in told for top in logprobs["top_logprobs"])
    assert all(p == -1.0 for logprobs in told for p in logprobs["token_logprobs"])


async def test_a_prompt_is_echoed_before_every_choice() -> None:
    body = (await complete(echo=True, n=2, search={"strategy": "best_of_n"})).json()
    assert all(choice["text"].startswith("6*7 =b") for choice in body["choices"])


async def test_sampling_is_as_it_was_asked_for() -> None:
    engine = FakeEngine(a_or_b)
    how = {"temperature": 0.3, "top_p": 0.5, "stop": "zz", "logit_bias": {"9": -5}, "seed": 4}
    penalties = {"presence_penalty": 1.5, "frequency_penalty": -1}
    await complete(engine, max_tokens=11, **how, **penalties)
    used = engine.seen[0].sampling
    assert (used.temperature, used.top_p, used.stop, used.max_tokens) == (0.3, 0.5, ("zz",), 11)
    assert (used.presence_penalty, used.frequency_penalty) == (1.5, -1)
    assert used.bias == ((9, -5),)


async def test_sixteen_tokens_are_drawn_unless_more_are_asked_for() -> None:
    engine = FakeEngine(a_or_b)
    await call_app(an_app(engine), "POST", "/v1/completions", json={"model": "x", "prompt": "y"})
    body = {"model": "fathom:sample", "prompt": "y"}
    await call_app(an_app(engine), "POST", "/v1/completions", json=body)
    assert {request.sampling.max_tokens for request in engine.seen} == {16}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "auto"])
async def test_every_strategy_goes_on_from_a_prompt_or_refuses_to(kind: str) -> None:
    response = await complete(search={"strategy": kind})
    refused = response.status_code == 400
    assert refused is any(part.converses for part in KINDS[kind]().whole())
    assert not refused or response.json()["error"]["param"] == "search.strategy"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"suffix": "x"}, "suffix"),
        ({"best_of": 3}, "best_of"),
        ({"logprobs": 6}, "logprobs"),
        ({"logprobs": 1, "echo": True}, "echo"),
        ({"prompt": [1, 2], "echo": True}, "echo"),
        ({"prompt": []}, "prompt"),
        ({"prompt": ["a", "b"], "stream": True}, "stream"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"model": "gpt-5"}, "model"),
        ({"search": {"narrate": True}}, "search"),
        ({"messages": []}, "messages"),
        ({"n": 9, "search": {"strategy": {"kind": "majority", "n": 4}}}, "n"),
    ],
)
async def test_what_cannot_be_honoured_is_refused_by_name(body, param: str) -> None:
    response = await complete(**body)
    assert response.status_code == (404 if param == "model" else 400)
    assert response.json()["error"]["param"] == param


async def test_events_without_a_stream_are_refused() -> None:
    response = await complete(search={"events": True})
    assert response.status_code == 400
    assert "`search.events`" in response.json()["error"]["message"]


async def test_a_prompt_that_does_not_fit_is_named() -> None:
    able = Capabilities("short", context=8, token_ids=True)
    response = await complete(FakeEngine(a_or_b, capabilities=able), prompt=[1] * 9, n=1)
    error = response.json()["error"]
    assert (error["code"], error["param"]) == ("context_length_exceeded", "prompt")


async def test_an_engine_of_conversations_refuses_prompts() -> None:
    engine = FakeEngine(a_or_b, capabilities=Capabilities("chat"))
    response = await complete(engine, search={"strategy": "sample"})
    assert (response.status_code, response.json()["error"]["param"]) == (400, "prompt")
