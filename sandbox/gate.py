"""How many runs there are at once, and how many wait. Knows nothing of what a run is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sandbox.errors import Busy

_AGAIN_SECONDS = 2


class Gate:
    """Lets `runs` in at once and has `queue` wait, in order.

    Attributes:
        running: how many are inside.
        waiting: how many wait.
    """

    def __init__(self, runs: int, queue: int) -> None:
        self.running = self.waiting = 0
        self._runs, self._queue = runs, queue
        self._places = asyncio.Semaphore(runs)

    @asynccontextmanager
    async def entered(self) -> AsyncIterator[None]:
        """Wait for a place, and keep it.

        Raises:
            Busy: too many wait already.
        """
        if self._places.locked() and self.waiting >= self._queue:
            raise Busy(self.running, self.waiting, _AGAIN_SECONDS)
        self.waiting += 1
        try:
            await self._places.acquire()
        finally:
            self.waiting -= 1
        self.running += 1
        try:
            yield
        finally:
            self.running -= 1
            self._places.release()
