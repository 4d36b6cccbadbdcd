"""Sandboxes started before they are wanted: each is used once, and another takes its place.

Knows how many wait, and for how much disk. Knows nothing of jobs.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

from sandbox.errors import SandboxError
from sandbox.started import Recipe, Sandbox, start
from sandbox.wire import Limits

_AGAIN_SECONDS = 1.0
DISK_BYTES: int = Limits().disk_bytes
"""Of the sandboxes that wait: the size of a file system is fixed when it is made."""


class Pool:
    """Sandboxes of one recipe, inside `async with`.

    Attributes:
        recipe: what they are made from.
        failure: why the last start failed, or `None` if it did not.
    """

    def __init__(self, recipe: Recipe, *, size: int) -> None:
        self.recipe = recipe
        self.failure: SandboxError | None = None
        self._size = size
        self._waiting: asyncio.Queue[Sandbox] = asyncio.Queue()
        self._missing = asyncio.Semaphore(size)
        self._group = asyncio.TaskGroup()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        self._tasks = [self._group.create_task(self._keep()) for _ in range(min(2, self._size))]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await self._group.__aexit__(kind, error, trace)
        while not self._waiting.empty():
            await self._waiting.get_nowait().end()

    @property
    def waiting(self) -> int:
        """How many sandboxes wait for a job."""
        return self._waiting.qsize()

    @asynccontextmanager
    async def sandbox(self, disk_bytes: int = DISK_BYTES) -> AsyncIterator[Sandbox]:
        """Lend a sandbox that nothing ever ran in, and end it afterwards.

        Raises:
            StartFailed: none waits, and none could be started.
        """
        warm = await self._take() if disk_bytes == DISK_BYTES else None
        sandbox = warm or await start(self.recipe, disk_bytes)
        try:
            yield sandbox
        finally:
            try:
                await sandbox.end()
            finally:
                if warm is not None:  # only now: starting one during a run would slow it down
                    self._missing.release()

    async def _take(self) -> Sandbox | None:
        while not self._waiting.empty():
            sandbox = self._waiting.get_nowait()
            if sandbox.waiting:
                return sandbox
            self._missing.release()
            await sandbox.end()
        return None

    async def _keep(self) -> None:
        while True:
            await self._missing.acquire()
            try:
                self._waiting.put_nowait(await start(self.recipe, DISK_BYTES))
                self.failure = None
            except SandboxError as error:
                self.failure = error
                self._missing.release()
                await asyncio.sleep(_AGAIN_SECONDS)
