"""OpenAI's own client in all its ways: raw, streamed, awaited, parsed, out of patience."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel

from engines.base import Request
from engines.errors import EngineOverloaded, EngineUnavailable
from engines.fake import FakeEngine
from tests.clients.loopback import loopback

ASK = [{"role": "user", "content": "What is 6 * 7?"}]
PLAIN = {"model": "fathom:sample", "messages": ASK}


class Count(BaseModel):
    pens: int


def says(text: str) -> FakeEngine:
    return FakeEngine(lambda request, i: text)


def failing(error: Exception, times: int) -> tuple[FakeEngine, list[str]]:
    """An engine that fails some times before it answers, and whom it was asked by."""
    asked: list[str] = []

    def reply(request: Request, i: int) -> str:
        asked.append(request.id)
        if len(asked) <= times:
            raise error
        return "Answer: 42"

    return FakeEngine(reply), asked


@contextmanager
def client(engine: FakeEngine, **settings: object) -> Iterator[OpenAI]:
    with loopback(engine) as service:
        told = {"max_retries": 0} | settings
        with OpenAI(base_url=f"{service.address}/v1", api_key="none", **told) as sdk:  # type: ignore[arg-type]
            yield sdk


def test_a_raw_answer_has_headers_and_can_be_parsed() -> None:
    with client(says("Answer: 42")) as sdk:
        own = {"x-request-id": "mine"}
        raw = sdk.chat.completions.with_raw_response.create(**PLAIN, extra_headers=own)
    assert raw.headers["x-request-id"] == "mine"
    assert int(raw.headers["openai-processing-ms"]) >= 0
    assert raw.parse().choices[0].message.content == "Answer: 42"


def test_an_answer_can_be_read_as_it_comes() -> None:
    with (
        client(says("Answer: 42")) as sdk,
        sdk.chat.completions.with_streaming_response.create(**PLAIN, stream=True) as response,
    ):
        lines = list(response.iter_lines())
    assert response.headers["content-type"].startswith("text/event-stream")
    assert lines[-2] == "data: [DONE]"


def test_an_answer_ends_before_a_stop_string() -> None:
    with client(says("one, two, three")) as sdk:
        answer = sdk.chat.completions.create(**PLAIN, stop=["two"])
    assert answer.choices[0].message.content == "one, "
    assert answer.choices[0].finish_reason == "stop"


def test_an_answer_is_parsed_to_a_model_of_the_callers() -> None:
    with client(says('{"pens": 12}')) as sdk:
        answer = sdk.chat.completions.parse(**PLAIN, response_format=Count)
    assert answer.choices[0].message.parsed == Count(pens=12)


def test_an_answer_that_was_cut_is_told_from_one_that_is_not_of_the_model() -> None:
    with client(says('{"pens": 12}')) as sdk, pytest.raises(openai.LengthFinishReasonError):
        sdk.chat.completions.parse(**PLAIN, response_format=Count, max_tokens=1)


def test_requests_are_awaited_together() -> None:
    async def ask(address: str) -> list[str | None]:
        async with AsyncOpenAI(base_url=f"{address}/v1", api_key="none") as sdk:
            async with asyncio.TaskGroup() as group:
                asked = [group.create_task(sdk.chat.completions.create(**PLAIN)) for _ in "abc"]
            return [task.result().choices[0].message.content for task in asked]

    with loopback(says("Answer: 42")) as service:
        assert asyncio.run(ask(service.address)) == ["Answer: 42"] * 3


def test_a_stream_is_awaited_chunk_by_chunk() -> None:
    async def ask(address: str) -> str:
        async with AsyncOpenAI(base_url=f"{address}/v1", api_key="none") as sdk:
            stream = await sdk.chat.completions.create(**PLAIN, stream=True)
            return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

    with loopback(says("Answer: 42")) as service:
        assert asyncio.run(ask(service.address)) == "Answer: 42"


def test_the_list_of_models_is_one_page() -> None:
    with client(says("")) as sdk:
        page = sdk.models.list()
        assert not page.has_next_page()
        assert [model.id for model in page] == [model.id for model in page.data]


def test_a_client_out_of_patience_ends_the_search() -> None:
    engine = FakeEngine(lambda request, i: "late", latency=lambda request: 60.0)
    with client(engine, timeout=0.5) as sdk, pytest.raises(openai.APITimeoutError):
        sdk.chat.completions.create(**PLAIN)
    assert len(engine.aborted) == 1


@pytest.mark.parametrize(
    ("error", "tries", "raised"),
    [
        (lambda: EngineOverloaded("busy", retry_after=0), 2, None),
        (lambda: EngineUnavailable("gone"), 1, openai.InternalServerError),
    ],
)
def test_only_what_may_pass_is_tried_again(
    error: Callable[[], Exception], tries: int, raised: type[Exception] | None
) -> None:
    engine, asked = failing(error(), times=1)
    with client(engine, max_retries=1) as sdk:
        if raised:
            with pytest.raises(raised):
                sdk.chat.completions.create(**PLAIN)
        else:
            assert sdk.chat.completions.create(**PLAIN).choices[0].message.content
    assert len(asked) == tries
