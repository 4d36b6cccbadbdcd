"""The sandbox over HTTP: `POST /execute`, `GET /health`, `GET /ready`.

Knows requests and responses. Knows nothing of how a program is isolated.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.ceiling import Ceiling
from sandbox.errors import Busy, SandboxError
from sandbox.gate import Gate
from sandbox.refusals import Refusal, invalid, no_such_route, respond, wrong_method
from sandbox.run import run
from sandbox.warm import Pool
from sandbox.wire import Executed, Execution

_HUNG_UP = 499
_PAGE = 4096
"""Bytes that a file's are rounded up to, on a file system in memory."""


class Server:
    """Answers requests out of a pool of sandboxes."""

    def __init__(self, pool: Pool, ceiling: Ceiling, key: str | None) -> None:
        self._pool, self._ceiling = pool, ceiling
        self._key = None if not key else f"Bearer {key}".encode()
        self._gate = Gate(ceiling.runs, ceiling.queue)

    async def execute(self, request: Request) -> Response:
        """Run a program. Hanging up ends it."""
        self._check_key(request)
        execution = self._execution(await self._body(request))

        async def answer() -> Response:
            return JSONResponse((await self._run(execution)).model_dump())

        return await _while_connected(request, answer)

    async def health(self, _: Request) -> Response:
        """Say that the server is there."""
        return JSONResponse({"status": "ok"})

    async def ready(self, _: Request) -> Response:
        """Say whether sandboxes can be started; how many programs run, wait, and are awaited."""
        told = {"running": self._gate.running, "waiting": self._gate.waiting}
        told["warm"] = self._pool.waiting
        if self._pool.failure is not None:
            return Refusal(503, "sandbox_unavailable", str(self._pool.failure)).response()
        return JSONResponse({"status": "ready", **told})

    async def _run(self, execution: Execution) -> Executed:
        async with self._gate.entered(), self._pool.sandbox(execution.limits.disk_bytes) as sandbox:
            return await run(sandbox, execution, memory_bytes=self._ceiling.memory_bytes)

    def _check_key(self, request: Request) -> None:
        given = request.headers.get("authorization", "").encode()
        if self._key is not None and not hmac.compare_digest(given, self._key):
            message = "the API key is missing or wrong; send `Authorization: Bearer KEY`"
            raise Refusal(401, "invalid_api_key", message)

    async def _body(self, request: Request) -> bytes:
        most, parts, size = self._ceiling.body_bytes, [], 0
        async for part in request.stream():
            size += len(part)
            if size > most:
                raise Refusal(413, "request_too_large", f"a request may have {most} bytes")
            parts.append(part)
        return b"".join(parts)

    def _execution(self, body: bytes) -> Execution:
        try:
            execution = Execution.model_validate_json(body)
        except ValidationError as error:
            raise invalid(error) from error
        limits = self._ceiling.over(execution.limits)
        size = sum(-len(file.content.encode()) // _PAGE * -_PAGE for file in execution.files)
        if size > limits.disk_bytes:
            message = f"files take {size} bytes, and limits.disk_bytes is {limits.disk_bytes}"
            raise Refusal(400, "invalid_value", message, "files")
        return execution.model_copy(update={"limits": limits})


def create_app(
    server: Server, lifespan: Callable[[Starlette], AbstractAsyncContextManager[None]] | None = None
) -> Starlette:
    """Return the app of a server."""
    return Starlette(
        routes=[
            Route("/execute", server.execute, methods=["POST"]),
            Route("/health", server.health),
            Route("/ready", server.ready),
        ],
        exception_handlers={Refusal: respond, 404: no_such_route, 405: wrong_method},
        lifespan=lifespan,
    )


async def _while_connected(request: Request, answer: Callable[[], Awaitable[Response]]) -> Response:
    """Await an answer as long as somebody is there to have it."""
    async with asyncio.TaskGroup() as group:
        answering = group.create_task(_answered(answer))
        gone = group.create_task(_hung_up(request))
        await asyncio.wait((answering, gone), return_when=asyncio.FIRST_COMPLETED)
        gone.cancel()
        answering.cancel()
    return Response(status_code=_HUNG_UP) if answering.cancelled() else answering.result()


async def _answered(answer: Callable[[], Awaitable[Response]]) -> Response:
    """Await an answer, which may be that none can be given now."""
    try:
        return await answer()
    except Busy as error:
        after = {"retry-after": str(error.seconds)}
        return Refusal(503, "sandbox_busy", str(error), headers=after).response()
    except SandboxError as error:
        return Refusal(503, "sandbox_unavailable", str(error)).response()


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
