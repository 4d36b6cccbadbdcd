"""Bodies that are too large: refused by what is read of them, whatever they say of themselves."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import refusal
from app.keys.errors import BodyTooLarge

_CLOSE = (b"connection", b"close")
"""Else the rest of the body would have to be read before the next request."""


class BodyCap:
    """One request, passed on if its body is not too large. Plain ASGI; see `RequestId`."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app, self._error = app, BodyTooLarge(most)
        self._left, self._started = most, False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; what the app makes of a body that is cut off is not sent."""
        if _said(scope) > self._left:
            self._left = -1
        else:
            await self._app(scope, self._counted(receive), self._checked(send))
        if self._left < 0 and not self._started:
            answer = refusal(self._error)
            answer.raw_headers.append(_CLOSE)
            await answer(scope, receive, send)

    def _counted(self, receive: Receive) -> Receive:
        async def take() -> Message:
            message = await receive()
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise self._error
            return message

        return take

    def _checked(self, send: Send) -> Send:
        async def give(message: Message) -> None:
            if self._left >= 0:
                self._started = True
                await send(message)

        return give


def _said(scope: Scope) -> int:
    """Return how many bytes the request says its body has; 0 if it does not."""
    said = dict(scope["headers"]).get(b"content-length", b"")
    return int(said) if said.isdigit() else 0
