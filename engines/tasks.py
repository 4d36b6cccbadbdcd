"""Structured concurrency, in the one shape we use."""

import asyncio
from collections.abc import Coroutine, Iterable
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
