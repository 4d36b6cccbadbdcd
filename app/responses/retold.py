"""A response in the background as a stream: what was told of it, and then what is."""

import asyncio
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from app.responses.stream import block
from app.store import Store
from app.store.responses import told
from app.streaming import HEARTBEAT_SECONDS, ClientGone, until_hangup

_SHORTEST, _LONGEST = 0.05, 0.5
"""Seconds between looks for new events, which another process may write."""


class RetoldStream(Response):
    """Sends the events of a response after a number, as they come. Leaving it ends nothing."""

    media_type = "text/event-stream"

    def __init__(self, store: Store, response: str, after: int = -1) -> None:
        super().__init__(headers={"cache-control": "no-cache", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._store, self._response, self._after = store, response, after

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._send = send
        start = {"type": "http.response.start", "status": self.status_code}
        await send(start | {"headers": self.raw_headers})
        try:
            await until_hangup(receive, self._follow())
        except ClientGone:
            return
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _follow(self) -> None:
        quiet, pause = 0.0, _SHORTEST
        while await self._tell():
            quiet += pause
            if self._told:
                quiet, pause = 0.0, _SHORTEST
            elif quiet >= HEARTBEAT_SECONDS:
                await self._write(b": waiting\n\n")
                quiet = 0.0
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST)

    async def _tell(self) -> bool:
        """Send the events there are; say whether there will be others."""
        events, others = await told(self._store, self._response, self._after)
        bodies: list[dict[str, Any]] = list(events)
        for event in bodies:
            await self._write(block(event))
        self._after, self._told = self._after + len(events), bool(events)
        return others

    async def _write(self, data: bytes) -> None:
        await self._send({"type": "http.response.body", "body": data, "more_body": True})
