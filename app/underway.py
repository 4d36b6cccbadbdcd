"""Requests that are under way, which a server that is to end waits for, or brings to their end."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.opening import Draining


class UnderWay:
    """Counts the requests of one app that are not answered yet, and can have them end."""

    def __init__(self) -> None:
        self.count = 0
        self._nobody = asyncio.Event()
        self._nobody.set()
        self._listening: set[asyncio.Timeout] = set()
        self._ended = False

    @contextmanager
    def one(self) -> Iterator[None]:
        """Count a request while it is answered."""
        self.count += 1
        self._nobody.clear()
        try:
            yield
        finally:
            self.count -= 1
            if not self.count:
                self._nobody.set()

    async def over(self, seconds: float) -> bool:
        """Wait until none is left, so long at most; return whether none is."""
        try:
            async with asyncio.timeout(seconds):
                await self._nobody.wait()
        except TimeoutError:
            return False
        return True

    def end(self) -> None:
        """Have those fail with `Draining` that listen for their client, as searches always do."""
        self._ended = True
        now = asyncio.get_running_loop().time()
        for clock in self._listening:
            clock.reschedule(now)

    async def heard(self, receive: Receive) -> Message:
        """Listen to a client.

        Raises:
            Draining: the request is to end.
        """
        if self._ended:
            raise Draining
        clock = asyncio.timeout(None)
        try:
            async with clock:
                self._listening.add(clock)
                return await receive()
        except TimeoutError:
            if not clock.expired():
                raise
            raise Draining from None
        finally:
            self._listening.discard(clock)


class Awaited:
    """Counts every request while it is answered, streamed ones to their end. Plain ASGI."""

    def __init__(self, app: ASGIApp, under_way: UnderWay) -> None:
        self._app, self._under_way = app, under_way

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, which the end of the server can cut short."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def heard() -> Message:
            return await self._under_way.heard(receive)

        with self._under_way.one():
            await self._app(scope, heard, send)
