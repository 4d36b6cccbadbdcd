"""How long a stream's first byte takes while the backend has said nothing yet."""

import asyncio
from dataclasses import dataclass
from time import perf_counter
from urllib.parse import urlsplit

from benchmarks.load import PATIENCE_SECONDS, LoadFailed, Seen, Target

BACKEND_MS = 500.0
"""How long the backend takes meanwhile: whatever comes sooner is Fathom's own."""
_TIMES = 20


@dataclass(frozen=True, slots=True)
class FirstByte:
    """Milliseconds from a request to the first chunk of its stream, and to the answer's end."""

    backend_ms: float
    p50_ms: float
    p95_ms: float
    whole_ms: float

    @property
    def line(self) -> str:
        """What is told of it."""
        return (
            f"first byte of a stream: p50 {self.p50_ms:.2f} ms, p95 {self.p95_ms:.2f} ms, of "
            f"{self.whole_ms:.0f} ms in all (backend {self.backend_ms:.0f} ms)"
        )


async def first_byte(target: Target) -> FirstByte:
    """Ask for streams one after the other.

    Raises:
        LoadFailed: one did not begin, or did not end.
    """
    first, whole = Seen(), Seen()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            for _ in range(_TIMES):
                begun, ended = await _stream(target)
                first.latencies.append(begun)
                whole.latencies.append(ended)
    except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
        raise LoadFailed(f"{target.url}: {error!r}") from error
    milliseconds = (first.milliseconds(0.5), first.milliseconds(0.95), whole.milliseconds(0.5))
    return FirstByte(BACKEND_MS, *(round(value, 3) for value in milliseconds))


async def _stream(target: Target) -> tuple[float, float]:
    """Return the seconds to the first chunk of one stream, and to its end."""
    place = urlsplit(target.url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port, limit=1 << 24)
    began = perf_counter()
    writer.write(target.request())
    await reader.readuntil(b"data: ")
    begun = perf_counter() - began
    await reader.readuntil(b"[DONE]")
    writer.close()
    return begun, perf_counter() - began
