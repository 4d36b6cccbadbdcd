"""Streams of searches that take long to begin, and to clients that do not read."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from typing_extensions import override

from app import streaming
from app.listening import drop_unread, listen
from engines.base import Delta, Generation, Listener, Prompt, Request
from engines.errors import EngineUnavailable
from engines.fake import FakeEngine
from tests.app.client import ASK, an_app
from tests.search.world import a_or_b

SAMPLE = {"search": {"strategy": "sample"}}


class Stuck(FakeEngine):
    """Hangs before it has given any sign of life."""

    @override
    async def render(self, conversation) -> Prompt:
        await asyncio.sleep(3600)
        raise AssertionError


class Flood(FakeEngine):
    """Says more than any buffer takes, and then hangs."""

    def __init__(self) -> None:
        super().__init__(a_or_b)
        self.ended = asyncio.Event()

    @override
    async def generate(self, request: Request, listen: Listener | None = None) -> Generation:
        assert listen
        try:
            while True:
                listen(Delta(0, "word " * 400_000, 400_000))
                await asyncio.sleep(0.01)
        finally:
            self.ended.set()


def asked(body: dict[str, Any]) -> tuple[dict[str, Any], asyncio.Queue[dict[str, Any]]]:
    """Return a request as an ASGI application has it: its scope, and what it receives."""
    inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    inbox.put_nowait({"type": "http.request", "body": json.dumps(body).encode()})
    scope = {"type": "http", "method": "POST", "path": "/v1/chat/completions", "query_string": b""}
    scope |= {"headers": [(b"content-type", b"application/json")], "asgi": {"spec_version": "2.4"}}
    return scope, inbox


async def stream(engine: FakeEngine, until: Callable[[str], bool], **body: Any) -> tuple[int, str]:
    """Read a stream until its text is enough; return its status and the text."""
    scope, inbox = asked(ASK | SAMPLE | {"stream": True} | body)
    statuses, read = [], ""

    async def send(message: dict[str, Any]) -> None:
        nonlocal read
        statuses.append(message.get("status"))
        read += message.get("body", b"").decode()
        if until(read):
            inbox.put_nowait({"type": "http.disconnect"})

    async with asyncio.timeout(10):
        await an_app(engine)(scope, inbox.get, send)
    return statuses[0], read


async def test_the_role_comes_before_the_search_has_given_a_sign_of_life() -> None:
    status, text = await stream(Stuck(a_or_b), lambda read: read.count("data: ") == 1)
    assert status == 200
    assert json.loads(text.splitlines()[0][6:])["choices"][0]["delta"]["role"] == "assistant"


async def test_a_search_that_gives_none_has_heartbeats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "HEARTBEAT_SECONDS", 0.01)
    _, text = await stream(Stuck(a_or_b), lambda read: read.count("\n: ") == 3)
    assert text.count(": started: 0 samples") == 3


def test_heartbeats_come_within_a_second_and_the_first_byte_sooner() -> None:
    assert streaming.HEARTBEAT_SECONDS <= 1
    assert streaming.STATUS_SECONDS < 0.05


async def test_a_search_that_fails_at_once_fails_with_a_status() -> None:
    class Down(FakeEngine):
        @override
        async def render(self, conversation) -> Prompt:
            raise EngineUnavailable("down")

    status, text = await stream(Down(a_or_b), lambda read: False)
    assert (status, json.loads(text)["error"]["code"]) == (502, "engine_unavailable")


@asynccontextmanager
async def running(engine: FakeEngine, **settings: Any) -> AsyncIterator[tuple[str, int]]:
    """Serve on a loopback socket, as `fathom serve` does."""
    listener = listen("127.0.0.1", 0)
    drop_unread(listener, settings["reader_seconds"])
    config = uvicorn.Config(an_app(engine, **settings), log_config=None, access_log=False)
    server = uvicorn.Server(config)
    async with asyncio.TaskGroup() as group:
        served = group.create_task(server.serve(sockets=[listener]))
        try:
            yield listener.getsockname()
        finally:
            server.should_exit = True
            await served


def head_of(body: dict[str, Any]) -> bytes:
    text = json.dumps(ASK | SAMPLE | body).encode()
    lines = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {len(text)}\r\n"
    return f"{lines}content-type: application/json\r\n\r\n".encode() + text


async def test_a_client_that_never_reads_is_dropped_and_its_search_ended() -> None:
    engine = Flood()
    async with asyncio.timeout(30), running(engine, reader_seconds=0.3) as address:
        with socket.create_connection(address) as client:
            client.sendall(head_of({"stream": True}))
            await engine.ended.wait()
            answer = head_of({"model": "fathom", "messages": []})
            reader, writer = await asyncio.open_connection(*address)
            writer.write(answer)
            assert (await reader.readline()).startswith(b"HTTP/1.1 400")
            writer.close()
            await dropped(client)


async def dropped(client: socket.socket) -> None:
    """Return once the other side has given a connection up, without reading from it."""
    while True:
        try:
            client.sendall(b"x")
        except (BrokenPipeError, ConnectionResetError):
            return
        await asyncio.sleep(0.05)


async def test_a_client_that_stops_reading_before_the_last_bytes_is_let_go() -> None:
    scope, inbox = asked(ASK | SAMPLE | {"stream": True})
    blocked = asyncio.Event()

    async def send(message: dict[str, Any]) -> None:
        if b"[DONE]" in message.get("body", b""):
            blocked.set()
            await asyncio.sleep(3600)

    async with asyncio.timeout(10):
        await an_app(FakeEngine(a_or_b), reader_seconds=0.05)(scope, inbox.get, send)
    assert blocked.is_set()
