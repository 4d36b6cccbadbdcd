"""Doing something again and again, and ending between two times rather than in the middle."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress


async def repeat(do: Callable[[], Awaitable[None]], seconds: float, over: asyncio.Event) -> None:
    """Do something at once, and then with so many seconds between, until it is said to be over."""
    while not over.is_set():
        await do()
        await rest(seconds, over)


async def rest(seconds: float, until: asyncio.Event) -> None:
    """Wait for something, but not for longer."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await until.wait()
