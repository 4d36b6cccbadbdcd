"""Room on a server that fails rather than waits when it is full. Knows nothing of requests."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Space:
    """Places for samples drawn at once, and cells for the tokens of all of them together."""

    places: int
    cells: int

    def __add__(self, other: "Space") -> "Space":
        return Space(self.places + other.places, self.cells + other.cells)

    def __sub__(self, other: "Space") -> "Space":
        return Space(self.places - other.places, self.cells - other.cells)

    def holds(self, other: "Space") -> bool:
        """Whether `other` fits."""
        return other.places <= self.places and other.cells <= self.cells


class Room:
    """Shares out `total`, first come, first served: a large request is never overtaken."""

    def __init__(self, total: Space) -> None:
        self.total = total
        self._free = total
        self._waiting: deque[tuple[Space, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def hold(self, space: Space) -> AsyncIterator[None]:
        """Wait for `space`, which must fit into the total, and hold it inside the context."""
        assert self.total.holds(space), f"{space} can never fit into {self.total}"
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((space, turn))
        self._admit()
        try:
            await turn
            yield
        finally:
            if not turn.cancelled():
                self._free += space
            self._admit()

    def _admit(self) -> None:
        while self._waiting:
            space, turn = self._waiting[0]
            # One that gave up is passed over here: it may not have run since it was cancelled.
            if not turn.cancelled() and not self._free.holds(space):
                return
            self._waiting.popleft()
            if not turn.cancelled():
                self._free -= space
                turn.set_result(None)
