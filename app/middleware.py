"""Around every request: a name for it, and a line in the log."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.logs import where

_PROBED = ("/health", "/ready")
_CLIENTS_NAME = re.compile(r"[\x21-\x7e]{1,128}")


class RequestId:
    """Gives every response an `x-request-id`, the client's own if it sent one, and logs it.

    Plain ASGI: Starlette's base class for middleware stands in the way of disconnects.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._log = structlog.get_logger("fathom.http")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, naming it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        name = given if _CLIENTS_NAME.fullmatch(given) else f"req_{token_hex(16)}"
        began, status = time.perf_counter(), 499

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = name
                headers["openai-processing-ms"] = str(int(1e3 * (time.perf_counter() - began)))
            await send(message)

        # What is logged meanwhile, by tasks that are begun here too, says which request it is of.
        with structlog.contextvars.bound_contextvars(request_id=name):
            try:
                with self._foreseen():
                    await self._app(scope, receive, named)
            finally:
                milliseconds = round(1e3 * (time.perf_counter() - began), 1)
                asked = {"method": scope["method"], "path": scope["path"], "status": status}
                # Probes come every few seconds, and say nothing a person would read.
                say = self._log.debug if scope["path"] in _PROBED else self._log.info
                say("request", milliseconds=milliseconds, **asked)

    @contextmanager
    def _foreseen(self) -> Iterator[None]:
        """Log an error that nobody foresaw: one that was would be an answer by now."""
        try:
            yield
        except Exception as error:
            self._log.error("failed", where=where(error))
            raise
