"""A backend that answers like vLLM after a set latency, as fast as Python lets it.

`python -m benchmarks.mock --port 0 --latency 50` says its address, and ends with its standard
input. It batches without limit: a call takes the latency, whatever else is running. Answers are
written once and kept as bytes, so that what is measured in front of it is not the backend.

Counters are at `GET /_stats`; `POST /_reset` clears them, and sets the latency if it is given.
"""

import argparse
import asyncio
import re
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, cast

import orjson
import uvloop
from typing_extensions import override

from benchmarks.answers import MODELS, TOKENIZED, drawn, http, pooled, read_draw

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(slots=True)
class Stats:
    """What the backend saw. `calls` are draws; `aborted` draws whose client left before the end."""

    calls: int = 0
    samples: int = 0
    pooled: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    aborted: int = 0


class Backend:
    """The state of the process: how slow it is, and what it saw."""

    def __init__(self, latency: float) -> None:
        self.latency, self.stats = latency, Stats()
        self._routes: dict[str, Callable[[dict[str, Any]], tuple[bytes, float]]] = {
            "/v1/completions": lambda body: self._draw(body, chat=False),
            "/v1/chat/completions": lambda body: self._draw(body, chat=True),
            "/pooling": self._pool,
            "/tokenize": lambda _: (TOKENIZED, 0.0),
            "/v1/models": lambda _: (MODELS, 0.0),
            "/health": lambda _: (MODELS, 0.0),
            "/_reset": self._reset,
            "/_stats": lambda _: (http(asdict(self.stats)), 0.0),
        }

    def answer(self, path: str, body: dict[str, Any]) -> tuple[bytes, float]:
        """Return the response to a request, and the seconds it takes."""
        if path not in self._routes:
            return http({"error": {"message": f"no {path} here"}}, 404), 0.0
        return self._routes[path](body)

    def _draw(self, body: dict[str, Any], *, chat: bool) -> tuple[bytes, float]:
        draw = read_draw(body, chat=chat)
        self.stats.calls += 1
        self.stats.samples += draw.n
        return drawn(draw), self.latency

    def _pool(self, body: dict[str, Any]) -> tuple[bytes, float]:
        self.stats.pooled += 1
        return pooled(body["input"]), self.latency

    def _reset(self, body: dict[str, Any]) -> tuple[bytes, float]:
        self.stats = Stats(in_flight=self.stats.in_flight)
        self.latency = body.get("latency_ms", 1e3 * self.latency) / 1e3
        return http(asdict(self.stats)), 0.0


class Connection(asyncio.Protocol):
    """One client: a request at a time, as HTTP/1.1 clients that do not pipeline send them."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._received = bytearray()
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not `isinstance`: uvloop's transports are asyncio's by behaviour alone.
        self._transport = cast(asyncio.Transport, transport)

    @override
    def data_received(self, data: bytes) -> None:
        self._received += data
        head = self._received.find(b"\r\n\r\n")
        if head < 0:
            return
        length = _LENGTH.search(self._received, 0, head)
        end = head + 4 + (int(length[1]) if length else 0)
        if len(self._received) < end:
            return
        path = self._received[: self._received.find(b"\r\n")].decode().split(" ")[1]
        raw = bytes(self._received[head + 4 : end])
        del self._received[:end]
        self._answer(path, orjson.loads(raw) if raw else {})

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._backend.stats.in_flight -= 1
            self._backend.stats.aborted += 1

    def _answer(self, path: str, body: dict[str, Any]) -> None:
        assert self._transport is not None
        response, seconds = self._backend.answer(path, body)
        if not seconds:
            self._transport.write(response)
            return
        stats = self._backend.stats
        stats.in_flight += 1
        stats.most_in_flight = max(stats.most_in_flight, stats.in_flight)
        loop = asyncio.get_running_loop()
        self._waiting = loop.call_later(seconds, self._send, response)

    def _send(self, response: bytes) -> None:
        assert self._transport is not None
        self._waiting = None
        self._backend.stats.in_flight -= 1
        self._transport.write(response)


class Parent(asyncio.Protocol):
    """Standard input: its end is the end of whoever started this."""

    def __init__(self, gone: Callable[[], None]) -> None:
        self._gone = gone

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._gone()


async def serve(port: int, latency: float) -> None:
    """Serve on the loopback until standard input ends."""
    loop, gone, backend = asyncio.get_running_loop(), asyncio.Event(), Backend(latency)
    server = await loop.create_server(lambda: Connection(backend), "127.0.0.1", port, backlog=4096)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.connect_read_pipe(lambda: Parent(gone.set), sys.stdin)
    await gone.wait()


def main() -> None:
    """Run the backend alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 for any that is free")
    parser.add_argument("--latency", type=float, default=0, help="milliseconds a call takes")
    asked = parser.parse_args()
    uvloop.run(serve(asked.port, asked.latency / 1e3))


if __name__ == "__main__":
    main()
