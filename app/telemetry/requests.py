"""Follows every request, streamed ones to their end, while the service traces."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.opening import Opening

_LEFT_OUT = ("/health", "/ready", "/metrics")
"""Asked every few seconds, by programs: nobody looks for their spans."""


class Followed:
    """Makes each request a span, around the line in the log that `RequestId` writes. Plain ASGI."""

    def __init__(self, app: ASGIApp, opening: Opening) -> None:
        self._app, self._opening = app, opening

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, and follow it if that is set."""
        tracing = self._opening.tracing
        if not tracing.on or scope["type"] != "http" or scope["path"] in _LEFT_OUT:
            await self._app(scope, receive, send)
            return
        with tracing.request(scope) as span:

            async def heard(message: Message) -> None:
                span.hear(message)
                await send(message)

            await self._app(scope, receive, heard)
