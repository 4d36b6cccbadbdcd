"""Errors nobody foresaw, answered where the answer is still named and counted."""

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import handle_bug


class Faults:
    """Answers an error that nobody foresaw, and passes it on to the server's log.

    Inside of all other middleware: Starlette answers outside of it, where an answer has no
    `x-request-id`, and what names and counts takes the client for gone.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def begun(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, begun)
        except Exception as error:
            if not started:
                answer = await handle_bug(Request(scope), error)
                await answer(scope, receive, send)
            raise
