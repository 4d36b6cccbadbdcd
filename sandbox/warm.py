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
        # Each keeper holds one sandbox in its hands while the queue is full.
        self._keepers = min(2, size)
        self._waiting: asyncio.Queue[Sandbox] = asyncio.Queue(max(1, size - self._keepers))
        self._group = asyncio.TaskGroup()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        self._tasks = [self._group.create_task(self._keep()) for _ in range(self._keepers)]
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

    @asynccontextmanager
    async def sandbox(self, disk_bytes: int = DISK_BYTES) -> AsyncIterator[Sandbox]:
        """Lend a sandbox that nothing ever ran in, and end it afterwards.

        Raises:
            StartFailed: none waits, and none could be started.
        """
        sandbox = await self._take(disk_bytes)
        try:
            yield sandbox
        finally:
            await sandbox.end()

    async def _take(self, disk_bytes: int) -> Sandbox:
        while disk_bytes == DISK_BYTES and self.failure is None:
            sandbox = await self._waiting.get()
            if sandbox.waiting:
                return sandbox
            await sandbox.end()
        return await start(self.recipe, disk_bytes)

    async def _keep(self) -> None:
        while True:
            try:
                sandbox = await start(self.recipe, DISK_BYTES)
            except SandboxError as error:
                self.failure = error
                await asyncio.sleep(_AGAIN_SECONDS)
                continue
            self.failure = None
            try:
                await self._waiting.put(sandbox)
            except asyncio.CancelledError:
                await sandbox.end()
                raise
