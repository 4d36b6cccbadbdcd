"""LangChain's `ChatOpenAI`, as chains and agents use it."""

import asyncio
from typing import Any, Literal

import openai
import pytest
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel
from service import ADDRESS, QUESTION, SEARCH


def model(name: str = "fathom:sample", **settings: Any) -> ChatOpenAI:
    told = {"max_tokens": 16, "max_retries": 0} | settings
    return ChatOpenAI(model=name, base_url=ADDRESS, api_key="none", **told)


class Count(BaseModel):
    """How many there are."""

    pens: Literal[7, 12, 34]
    sure: bool


@tool
def multiply(a: Literal[3, 4], b: Literal[3, 4]) -> int:
    """Multiply two numbers."""
    return a * b


def test_an_answer_says_what_it_cost() -> None:
    answer = model().invoke(QUESTION)
    assert answer.content
    assert answer.response_metadata["finish_reason"] in ("stop", "length")
    assert 0 < answer.usage_metadata["output_tokens"] <= 16


def test_a_search_is_asked_for_by_extra_body() -> None:
    answer = model("fathom", extra_body={"search": SEARCH}).invoke(QUESTION)
    assert answer.content
    assert answer.usage_metadata["output_token_details"]["reasoning"] > 0


def test_an_effort_is_passed_on() -> None:
    answer = model("fathom", reasoning_effort="minimal").invoke(QUESTION)
    assert answer.usage_metadata["output_token_details"]["reasoning"] > 0


def test_a_stream_joins_to_an_answer_and_ends_with_its_cost() -> None:
    first, *others = model(stream_usage=True).stream(QUESTION)
    whole = sum(others, start=first)
    assert whole.content
    assert 0 < whole.usage_metadata["output_tokens"] <= 16


def test_an_answer_is_structured() -> None:
    structured = model(max_tokens=40).with_structured_output(Count)
    assert isinstance(structured.invoke(QUESTION), Count)


def test_a_tool_is_called_and_its_result_is_answered() -> None:
    one = {"tool_choice": "required", "parallel_tool_calls": False}
    called = model(max_tokens=40).bind_tools([multiply], **one).invoke(QUESTION)
    [call] = called.tool_calls
    result = ToolMessage(str(multiply.invoke(call["args"])), tool_call_id=call["id"])
    assert model().invoke([HumanMessage(QUESTION), called, result]).content


def test_it_is_awaited() -> None:
    assert asyncio.run(model().ainvoke(QUESTION)).content


def test_several_are_asked_at_once() -> None:
    assert all(answer.content for answer in model().batch([QUESTION, "What is 6 * 7?"]))


def test_errors_are_openais() -> None:
    with pytest.raises(openai.NotFoundError, match="gpt-5"):
        model("gpt-5").invoke(QUESTION)
    with pytest.raises(openai.BadRequestError, match="top_k"):
        model(extra_body={"top_k": 5}).invoke(QUESTION)
