"""llama.cpp's `POST /embeddings` of a server that pools nothing: a hidden state for each token.

Facts: the reply is a list of `{"index", "embedding": [[...], ...]}`; a text must fit one physical
batch; a text is read once the server draws nothing, for it batches only tasks of one kind; a
number that is none comes as null.
"""

from collections.abc import Sequence
from math import isfinite

from engines.base import Capabilities
from engines.completions import sensible
from engines.errors import ContextOverflow, EngineUnavailable, RequestRefused, Unsupported
from engines.http import Json, Transport
from engines.room import Room, Space
from engines.states import States, Vector
from engines.tasks import collect


class StateReader:
    """Reads the hidden states of texts, each as soon as `room` has a place for it."""

    def __init__(self, transport: Transport, room: Room, capabilities: Capabilities) -> None:
        self._http, self._room, self._able = transport, room, capabilities

    async def states(self, texts: Sequence[Sequence[int]], *, request_id: str) -> States:
        """Return the states of (N,) texts; see `ShowsStates.states`."""
        longest = max(map(len, texts), default=0)
        if not self._able.states:
            raise Unsupported("the server shows no hidden states")
        if longest > self._able.states:
            raise ContextOverflow(
                f"request {request_id} reads a text of {longest} tokens; hidden states are shown "
                f"of {self._able.states} at most"
            )
        read = await collect(self._read(list(ids), request_id) for ids in texts)
        tokens = sum(map(len, texts))
        return States(tuple(read), self._able.bill(tokens, 0, 0, calls=min(1, len(texts))))

    async def _read(self, ids: list[int], request_id: str) -> list[Vector]:
        if not ids:
            return []
        async with self._room.hold(Space(1, len(ids))):
            answer = await self._http.post("/embeddings", {"input": [ids]}, request_id=request_id)
        with sensible(request_id):
            return _checked(answer, len(ids), request_id)


async def longest_read(transport: Transport, batch: int) -> int:
    """Return the tokens of the longest text a server shows states of: `batch`, or 0 for none.

    Raises:
        EngineError: it could not be asked.
    """
    ids = [0, 0]
    try:
        answer = await transport.post("/embeddings", {"input": [ids]}, request_id="probe")
        with sensible("probe"):
            _checked(answer, len(ids), "probe")
    except (RequestRefused, EngineUnavailable):
        # What a server says that was not started to show them, or that pools.
        return 0
    return batch


def _checked(answer: Json, tokens: int, request_id: str) -> list[Vector]:
    [entry] = answer
    rows: list[Vector] = entry["embedding"]
    if len(rows) != tokens or len({len(row) for row in rows}) > 1:
        raise EngineUnavailable(
            f"request {request_id}: {tokens} tokens were sent, {len(rows)} states came back"
        )
    # The sum is finite unless a number is not: much faster than looking at each.
    if not all(isfinite(sum(row)) for row in rows):
        raise EngineUnavailable(f"request {request_id}: a hidden state is not of numbers")
    return rows
