"""What people ask is in no line of the log, whatever becomes of their request."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from app.logs import unsaid
from app.main import create_app
from app.opening import Opening
from app.service import Service
from engines.base import Request
from engines.errors import ContextOverflow, EngineUnavailable, RequestRefused
from engines.fake import FakeEngine
from tests.app.client import ASK, a_service
from tests.app.process import CHAT

MARKER = "xylophone"
BODY = {**ASK, "messages": [{"role": "user", "content": f"What is a {MARKER}?"}]}


def answers(request: Request, i: int) -> str:
    return f"A {MARKER} is b"


def fails(error: type[Exception]) -> Callable[[Request, int], str]:
    def reply(request: Request, i: int) -> str:
        raise error(f"the server said: {request.prompt.conversation.messages[0].content}")

    return reply


async def logged(service: Service, body: Any) -> str:
    """All that is logged while a request is answered, by structlog and by the standard library."""
    transport = ASGITransport(create_app(Opening(service)), raise_app_exceptions=False)
    with capture_logs([merge_contextvars]) as lines:
        async with AsyncClient(transport=transport, base_url="http://test") as client:
            await client.post(CHAT, content=json.dumps(body))
    assert lines
    return repr(lines)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    "reply",
    [answers, *map(fails, (EngineUnavailable, RequestRefused, ContextOverflow, RuntimeError))],
    ids=["answered", "unavailable", "refused", "overflow", "unforeseen"],
)
async def test_neither_question_nor_answer_is_logged(
    reply: Callable[[Request, int], str], stream: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    told = await logged(a_service(FakeEngine(reply)), BODY | {"stream": stream})
    assert MARKER not in told + caplog.text


@pytest.mark.parametrize("wrong", [{"n": MARKER}, {MARKER: 1}, {"messages": MARKER}])
async def test_a_request_that_is_refused_is_not_logged(
    wrong: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    assert MARKER not in await logged(a_service(), BODY | wrong) + caplog.text


async def test_an_error_nobody_foresaw_is_logged_by_where_it_came_from() -> None:
    with capture_logs([merge_contextvars]) as lines:
        transport = ASGITransport(
            create_app(Opening(a_service(FakeEngine(fails(RuntimeError))))),
            raise_app_exceptions=False,
        )
        async with AsyncClient(transport=transport, base_url="http://test") as client:
            answer = await client.post(CHAT, json=BODY, headers={"x-request-id": "mine"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal_error")
    [failed] = [line for line in lines if line["event"] == "failed"]
    assert failed["request_id"] == "mine"
    assert "in reply" in failed["where"]
    assert "RuntimeError" in failed["where"]


@pytest.mark.parametrize(
    ("message", "news"), [("Exception in ASGI application\n", False), ("shutting down", True)]
)
def test_what_uvicorn_would_say_with_an_errors_text_is_left_out(message: str, news: bool) -> None:
    record = logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, message, (), None)
    assert unsaid(record) is news
