"""OpenAI's own client against the real service and the real embedded model, over a socket."""

import json
import time

import openai
import pytest
from openai import OpenAI
from openai.types.responses import ResponseFunctionToolCall
from pydantic import BaseModel

pytestmark = pytest.mark.embedded
ASK = "Tom has 3 boxes of 4 pens. How many pens has he?"
QUICK = {"model": "fathom", "reasoning": {"effort": "none"}, "max_output_tokens": 16}


class Count(BaseModel):
    sure: bool


@pytest.fixture(scope="module")
def client(served: str):
    with OpenAI(base_url=served, api_key="none", max_retries=0) as client:
        yield client


def test_a_response_is_made_kept_and_deleted(client: OpenAI) -> None:
    made = client.responses.create(input=ASK, **QUICK, metadata={"run": "1"})
    assert made.output_text
    assert made.usage
    assert 0 < made.usage.output_tokens <= 16
    assert made.search["strategy"]["kind"] == "sample"  # type: ignore[attr-defined]
    assert client.responses.retrieve(made.id).to_dict() == made.to_dict()
    client.responses.delete(made.id)
    with pytest.raises(openai.NotFoundError) as gone:
        client.responses.retrieve(made.id)
    assert gone.value.code == "response_not_found"


def test_a_conversation_goes_on_and_is_listed(client: OpenAI) -> None:
    first = client.responses.create(input=ASK, **QUICK)
    second = client.responses.create(input="Sure?", previous_response_id=first.id, **QUICK)
    assert second.usage
    assert first.usage
    assert second.usage.input_tokens > first.usage.input_tokens
    items = list(client.responses.input_items.list(second.id, order="asc", limit=1))
    assert [item.type for item in items] == ["message"] * 3
    assert items[1].id == first.output[0].id


def test_a_stream_is_put_together(client: OpenAI) -> None:
    with client.responses.stream(
        input=ASK, extra_body={"search": {"events": True}}, **QUICK | {"max_output_tokens": 400}
    ) as stream:
        events = list(stream)
    text = "".join(e.delta for e in events if e.type == "response.output_text.delta")
    final = events[-1]
    assert final.type in ("response.completed", "response.incomplete")
    assert final.response.output_text == text != ""
    assert [event.sequence_number for event in events] == list(range(len(events)))


def test_a_search_is_summarised_in_a_stream(client: OpenAI) -> None:
    search = {"strategy": {"kind": "majority", "n": 2}, "events": True}
    asked = QUICK | {"reasoning": {"summary": "auto"}}
    with client.responses.stream(input=ASK, extra_body={"search": search}, **asked) as stream:
        events = list(stream)
    assert any(event.type == "search.progress" for event in events)
    [said] = [e for e in events if e.type == "response.reasoning_summary_text.done"]
    assert said.text.startswith("Strategy: majority, by the request.\nDrawn: 2 samples")


def test_an_answer_is_parsed_by_its_schema(client: OpenAI) -> None:
    asked = QUICK | {"max_output_tokens": 40}
    answer = client.responses.parse(input=ASK, text_format=Count, **asked)
    assert isinstance(answer.output_parsed, Count)


ADD = {
    "type": "object",
    "properties": {"a": {"enum": [3, 4]}, "b": {"enum": [3, 4]}},
    "required": ["a", "b"],
    "additionalProperties": False,
}
TOOL = {"type": "function", "name": "multiply", "parameters": ADD, "strict": True}


def test_a_call_is_made_and_its_result_sent_back(client: OpenAI) -> None:
    asked = QUICK | {"tools": [TOOL], "max_output_tokens": 40}
    first = client.responses.create(input=ASK, tool_choice="required", **asked)
    [call] = first.output
    assert isinstance(call, ResponseFunctionToolCall)
    assert json.loads(call.arguments).keys() == {"a", "b"}
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "12"}
    after = client.responses.create(
        input=[{"role": "user", "content": ASK}, *first.output, result], tool_choice="none", **asked
    )
    assert after.output_text


def test_a_response_in_the_background_is_polled(client: OpenAI) -> None:
    made = client.responses.create(input=ASK, background=True, **QUICK)
    assert made.status == "queued"
    deadline = time.monotonic() + 40
    while made.status in ("queued", "in_progress") and time.monotonic() < deadline:
        made = client.responses.retrieve(made.id)
    assert made.status in ("completed", "incomplete")
    assert made.output_text
    events = list(client.responses.retrieve(made.id, stream=True, starting_after=1))
    assert [e.sequence_number for e in events] == list(range(2, 2 + len(events)))
    assert events[-1].type == f"response.{made.status}"


def test_a_response_in_the_background_is_called_off(client: OpenAI) -> None:
    search = {"search": {"strategy": {"kind": "best_of_n", "n": 64}}}
    with client.responses.stream(
        model="fathom", input=ASK, background=True, extra_body=search
    ) as stream:
        made = next(iter(stream)).response
        assert client.responses.cancel(made.id).status == "cancelled"
        assert client.responses.cancel(made.id).status == "cancelled"
        assert [event.type for event in stream][-1] == "response.cancelled"


def test_what_cannot_be_honoured_is_a_bad_request(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(input=ASK, conversation="conv_1", **QUICK)
    assert caught.value.param == "conversation"
