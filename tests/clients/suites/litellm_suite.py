"""LiteLLM, as a program uses it that asks many services through it."""

import asyncio
import json
from typing import Any

import litellm
import pytest
from service import ADDRESS, ASKED, MULTIPLY, SEARCH

PLAIN: dict[str, Any] = {
    "model": "openai/fathom",
    "api_base": ADDRESS,
    "api_key": "none",
    "messages": ASKED,
    "max_tokens": 16,
    "num_retries": 0,
}
PLAINLY: dict[str, Any] = PLAIN | {"model": "openai/fathom:sample"}


def test_an_answer_says_what_it_cost() -> None:
    answer = litellm.completion(**PLAINLY)
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason in ("stop", "length")
    assert 0 < answer.usage.completion_tokens <= 16


def test_a_search_is_asked_for_by_extra_body() -> None:
    answer = litellm.completion(**PLAIN, extra_body={"search": SEARCH})
    assert answer.choices[0].message.content
    assert answer.search["strategy"]["kind"] == "best_of_n"
    assert answer.usage.completion_tokens_details.reasoning_tokens > 0


def test_an_effort_is_passed_on() -> None:
    answer = litellm.completion(
        **PLAIN, reasoning_effort="minimal", allowed_openai_params=["reasoning_effort"]
    )
    assert answer.search["strategy"] == {"kind": "best_of_n", "n": 2}


def test_a_stream_joins_to_an_answer_and_ends_with_its_cost() -> None:
    options = {"stream": True, "stream_options": {"include_usage": True}}
    chunks = list(litellm.completion(**PLAINLY, **options))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    whole = litellm.stream_chunk_builder(chunks, messages=ASKED)
    assert whole.choices[0].message.content
    assert 0 < whole.usage.completion_tokens <= 16


def test_a_tool_is_called() -> None:
    answer = litellm.completion(
        **PLAINLY | {"max_tokens": 40},
        tools=[MULTIPLY],
        tool_choice="required",
        parallel_tool_calls=False,
    )
    call = answer.choices[0].message.tool_calls[0]
    assert answer.choices[0].finish_reason == "tool_calls"
    assert set(json.loads(call.function.arguments)) == {"a", "b"}


def test_several_are_asked_at_once() -> None:
    async def ask() -> list[Any]:
        return await asyncio.gather(*(litellm.acompletion(**PLAINLY) for _ in range(2)))  # noqa: TID251

    assert all(answer.choices[0].message.content for answer in asyncio.run(ask()))


def test_errors_are_its_own() -> None:
    with pytest.raises(litellm.NotFoundError, match="gpt-5"):
        litellm.completion(**PLAIN | {"model": "openai/gpt-5"})
    with pytest.raises(litellm.BadRequestError, match="top_k"):
        litellm.completion(**PLAINLY, extra_body={"top_k": 5})
