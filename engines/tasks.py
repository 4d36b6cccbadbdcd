"""Structured concurrency, in the two shapes we use: together, and beside."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from types import TracebackType
from typing import TypeVar

T = TypeVar("T")


async def collect(coros: Iterable[Coroutine[object, object, T]]) -> list[T]:
    """Run coroutines together; return their results in order.

    When one fails the others are cancelled, and the failure is raised as itself rather than
    inside an `ExceptionGroup`, so that callers can catch it by type.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(coro) for coro in coros]
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]


class Beside:
    """Work that goes on beside the body of an `async with`, and is cancelled when that ends.

    It must be left by the task that entered. An error of the body is raised as itself; so is one of
    the work, in an `ExceptionGroup`, after the body was cancelled.
    """

    def __init__(self, work: Callable[[], Coroutine[object, object, None]]) -> None:
        self._work, self._group = work, asyncio.TaskGroup()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        await self._group.__aenter__()
        self._task = self._group.create_task(self._work())

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._task
        self._task.cancel()
        # The group would wrap the body's own error; it must only see a cancellation, to count it.
        if isinstance(error, asyncio.CancelledError):
            await self._group.__aexit__(kind, error, trace)
        else:
            await self._group.__aexit__(None, None, None)
