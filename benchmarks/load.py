"""A closed loop of clients against one address, and what it saw. Knows nothing of what is asked."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from urllib.parse import urlsplit

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_OK = b" 200 "
PATIENCE_SECONDS = 30.0
"""The longest a single answer may take."""


class LoadFailed(Exception):
    """An answer was not a 200, or none came: there is nothing to compare."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked, and where. `body` writes the next request."""

    url: str
    body: Callable[[], bytes]

    def request(self) -> bytes:
        """Return the next request as it goes over the wire."""
        place, body = urlsplit(self.url), self.body()
        head = f"POST {place.path} HTTP/1.1\r\nhost: {place.netloc}\r\n"
        head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        return head.encode() + body


@dataclass(slots=True)
class Seen:
    """The latencies of one run, in the order answers came, and how long all took."""

    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def milliseconds(self, share: float) -> float:
        """Return the latency that this share of the answers did not pass."""
        ordered = sorted(self.latencies)
        return 1e3 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def load(target: Target, clients: int, seconds: float, most: int = 100_000) -> Seen:
    """Have `clients` ask again as soon as they are answered, for `seconds` or `most` requests.

    Each asks at least once, and those in flight at the end are waited for and count.

    Raises:
        LoadFailed: see there.
    """
    seen, began = Seen(), perf_counter()

    async def client() -> None:
        host, port = urlsplit(target.url).hostname, urlsplit(target.url).port
        reader, writer = await asyncio.open_connection(host, port, limit=1 << 24)
        try:
            while True:
                request = target.request()
                sent = perf_counter()
                writer.write(request)
                await _answer(reader)
                now = perf_counter()
                seen.latencies.append(now - sent)
                if now - began >= seconds or len(seen.latencies) + clients > most:
                    return
        finally:
            writer.close()

    try:
        async with asyncio.timeout(seconds + PATIENCE_SECONDS), asyncio.TaskGroup() as group:
            for _ in range(clients):
                group.create_task(client())
    except (TimeoutError, BaseExceptionGroup) as error:
        first = error.exceptions[0] if isinstance(error, BaseExceptionGroup) else error
        raise LoadFailed(f"{target.url}: {first!r}") from error
    seen.seconds = perf_counter() - began
    return seen


async def ask(target: Target) -> bytes:
    """Return the body of one answer.

    Raises:
        LoadFailed: see there.
    """
    host, port = urlsplit(target.url).hostname, urlsplit(target.url).port
    reader, writer = await asyncio.open_connection(host, port, limit=1 << 24)
    writer.write(target.request())
    async with asyncio.timeout(PATIENCE_SECONDS):
        body = await _answer(reader)
    writer.close()
    return body


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    body = await reader.readexactly(int(length[1])) if length else b""
    if _OK not in head[: head.index(b"\r\n")]:
        raise LoadFailed(f"{head.decode()}{body.decode()}")
    return body
