"""An answer on its way to the client, written down as it goes by."""

import asyncio
import zlib
from dataclasses import dataclass, field

import structlog
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Message, Scope, Send

from app.store import Claim, Store, StoreError
from app.store.idempotency import Answer, Holder, release, settle

FAILED = "fathom.failed"
"""In the scope of a request whose answer began well and is not: nobody is to be sent it again."""
REPLAYED = "idempotent-replayed"
_KEPT = ("content-type", "content-disposition", "cache-control", "x-accel-buffering")
"""The headers that are of an answer; others are of a connection, or of the time."""

_log = structlog.get_logger("fathom")


@dataclass(slots=True)
class Recording:
    """Sends an answer on; before its end leaves it under its key, or gives the key back.

    It is left if it came to its end, is a success, and is of at most `most_bytes`.
    """

    store: Store
    mine: Holder
    scope: Scope
    send: Send
    most_bytes: float
    ended: bool = False
    _start: Message = field(default_factory=dict)
    _content: bytearray = field(default_factory=bytearray)
    _short: bool = True

    async def __call__(self, message: Message) -> None:
        """Send a part of the answer on."""
        if message["type"] == "http.response.start":
            self._start = message
        elif message["type"] == "http.response.body":
            self._take(message.get("body", b""))
            if not message.get("more_body", False):
                await self.end()
        await self.send(message)

    async def end(self) -> None:
        """Leave the answer under its key if that is its end, else give the key back; do so once."""
        if self.ended:
            return
        self.ended = True
        try:
            await self._end()
        except StoreError as error:
            _log.warning("no answer kept under its key", reason=str(error))

    async def give_up(self) -> None:
        """Give the key back, if the answer has not come to its end."""
        self._short = False
        await self.end()

    async def _end(self) -> None:
        status = self._start.get("status", 0)
        if not 200 <= status < 300 or not self._short or self.scope.get(FAILED):  # noqa: PLR2004
            await release(self.store, self.mine)
            return
        given = Headers(raw=self._start["headers"])
        headers = {name: given[name] for name in _KEPT if name in given}
        content = await asyncio.to_thread(zlib.compress, bytes(self._content), 1)
        await settle(self.store, self.mine, Answer(status, headers, content))

    def _take(self, body: bytes) -> None:
        self._short = self._short and len(self._content) + len(body) <= self.most_bytes
        if self._short:
            self._content += body


def replayed(claim: Claim) -> Response:
    """Return an answer as it was given before."""
    assert claim.status is not None
    assert claim.content is not None
    headers = {name: str(value) for name, value in (claim.headers or {}).items()}
    content = zlib.decompress(claim.content)
    return Response(content, claim.status, headers={**headers, REPLAYED: "true"})
