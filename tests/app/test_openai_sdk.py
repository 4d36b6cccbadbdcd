"""OpenAI's own client against the real service and the real embedded model, over a socket."""

import json

import openai
import pytest
from jsonschema import validate
from openai import OpenAI

pytestmark = pytest.mark.embedded
ASK = [{"role": "user", "content": "Tom has 3 boxes of 4 pens. How many pens has he?"}]
SEARCH = {"strategy": {"kind": "best_of_n", "n": 4}, "budget": {"tokens": 160}}


@pytest.fixture(scope="module")
def client(served: str):
    with OpenAI(base_url=served, api_key="none", max_retries=0) as client:
        yield client


def test_an_answer_is_typed_as_openai_has_it(client: OpenAI) -> None:
    answer = client.chat.completions.create(
        model="fathom", messages=ASK, max_tokens=40, extra_body={"search": SEARCH}
    )
    assert answer.object == "chat.completion"
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason in ("stop", "length")
    assert answer.usage
    assert 0 < answer.usage.completion_tokens <= 160
    assert answer.usage.completion_tokens_details
    assert answer.usage.completion_tokens_details.reasoning_tokens > 0
    assert answer._request_id


def test_the_report_of_the_search_is_an_attribute(client: OpenAI) -> None:
    answer = client.chat.completions.create(
        model="fathom:majority", messages=ASK, max_tokens=40, temperature=0.9, seed=3
    )
    assert answer.search["strategy"] == {"kind": "majority", "n": 8}  # type: ignore[attr-defined]
    assert answer.search["spent"]["generator"]["calls"] >= 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("strategy", ["sample", "beam_search"])
def test_a_stream_is_chunks_that_join_to_an_answer(client: OpenAI, strategy: str) -> None:
    search = {"strategy": strategy, "budget": {"tokens": 200}}
    stream = client.chat.completions.create(
        model="fathom",
        messages=ASK,
        max_tokens=40,
        stream=True,
        stream_options={"include_usage": True},
        extra_body={"search": search},
    )
    *chunks, last = list(stream)
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert chunks[-1].choices[0].finish_reason in ("stop", "length")
    assert chunks[-1].search["strategy"]["kind"] == strategy  # type: ignore[attr-defined]
    assert last.usage
    assert 0 < last.usage.completion_tokens <= 200


@pytest.mark.parametrize(("effort", "kind"), [("none", "sample"), ("low", "best_of_n")])
def test_an_effort_buys_a_search(client: OpenAI, effort, kind: str) -> None:
    answer = client.chat.completions.create(
        model="fathom", messages=ASK, max_tokens=24, reasoning_effort=effort
    )
    assert answer.search["strategy"]["kind"] == kind  # type: ignore[attr-defined]


def test_several_choices_are_ranked(client: OpenAI) -> None:
    answer = client.chat.completions.create(
        model="fathom",
        messages=ASK,
        max_tokens=24,
        n=3,
        extra_body={"search": {"strategy": "best_of_n"}},
    )
    assert [choice.index for choice in answer.choices] == [0, 1, 2]


def test_an_answer_is_json_of_the_schema(client: OpenAI) -> None:
    pens = {"type": "integer", "enum": [7, 12, 34]}
    schema = {
        "type": "object",
        "properties": {"pens": pens, "sure": {"type": "boolean"}},
        "required": ["pens", "sure"],
        "additionalProperties": False,
    }
    form = {"name": "count", "strict": True, "schema": schema}
    answer = client.chat.completions.create(
        model="fathom:majority",
        messages=ASK,
        max_tokens=40,
        response_format={"type": "json_schema", "json_schema": form},
    )
    validate(json.loads(answer.choices[0].message.content or ""), schema)
    assert answer.search["degradations"] == []  # type: ignore[attr-defined]


ADD = {
    "type": "object",
    "properties": {"a": {"type": "integer", "enum": [3, 4]}, "b": {"enum": [3, 4]}},
    "required": ["a", "b"],
    "additionalProperties": False,
}
TOOL = {"type": "function", "function": {"name": "multiply", "parameters": ADD}}
CALLING = {"tools": [TOOL], "tool_choice": "required", "parallel_tool_calls": False}


def test_a_call_is_made_and_its_result_sent_back(client: OpenAI) -> None:
    asked = {"model": "fathom", "max_tokens": 40} | CALLING
    first = client.chat.completions.create(messages=ASK, **asked).choices[0]
    [call] = first.message.tool_calls or []
    assert first.finish_reason == "tool_calls"
    assert first.message.content is None
    validate(json.loads(call.function.arguments), ADD)
    result = {"role": "tool", "tool_call_id": call.id, "content": "12"}
    turns = [*ASK, first.message, result]
    after = client.chat.completions.create(messages=turns, **asked | {"tool_choice": "none"})
    assert after.choices[0].message.content


def test_a_streamed_call_is_put_together(client: OpenAI) -> None:
    with client.chat.completions.stream(
        model="fathom:majority", messages=ASK, max_tokens=40, **CALLING
    ) as stream:
        choice = stream.get_final_completion().choices[0]
    [call] = choice.message.tool_calls or []
    assert (choice.finish_reason, call.function.name) == ("tool_calls", "multiply")
    validate(json.loads(call.function.arguments), ADD)


def test_a_model_that_does_not_think_says_so(client: OpenAI) -> None:
    answer = client.chat.completions.create(
        model="fathom:sample", messages=ASK, max_tokens=8, extra_body={"include_reasoning": True}
    )
    assert answer.choices[0].message.reasoning is None  # type: ignore[attr-defined]
    with pytest.raises(openai.BadRequestError, match="does not think") as caught:
        client.chat.completions.create(
            model="fathom", messages=ASK, extra_body={"thinking_token_budget": 8}
        )
    assert caught.value.param == "thinking_token_budget"


def test_a_request_that_cannot_be_honoured_is_a_bad_request(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="fathom", messages=ASK, verbosity="low")
    assert caught.value.param == "verbosity"
    with pytest.raises(openai.NotFoundError, match="gpt-5"):
        client.chat.completions.create(model="gpt-5", messages=ASK)


def test_a_deadline_is_kept_and_is_no_error(client: OpenAI) -> None:
    search = {"strategy": {"kind": "best_of_n", "n": 16}, "budget": {"seconds": 1.5}}
    answer = client.chat.completions.create(
        model="fathom", messages=ASK, max_tokens=1000, extra_body={"search": search}
    )
    report = answer.search  # type: ignore[attr-defined]
    assert report["stop"] == "deadline"
    assert report["spent"]["seconds"] < 3
    assert answer.choices[0].message.content


def test_models_are_listed(client: OpenAI) -> None:
    names = [model.id for model in client.models.list()]
    assert names[0].startswith("SmolLM2-135M")
    assert client.models.retrieve("fathom:beam_search").id == "fathom:beam_search"
