"""A server on the loopback that answers as it is told."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.test_utils import TestServer

from engines.http import Carried, Json, Transport, nothing

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(
    answer: Answer, *, api_key: str | None = None, carried: Carried = nothing
) -> AsyncIterator[Transport]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with (
        TestServer(app) as server,
        Transport(str(server.make_url("/")), api_key=api_key, carried=carried) as transport,
    ):
        yield transport


class Script:
    """Gives each answer once, and the last for ever; keeps the headers it was asked with."""

    def __init__(self, *answers: Answer) -> None:
        self.answers, self.headers = list(answers), []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        await request.read()
        self.headers.append(request.headers)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return await answer(request)


def says(body: Json, status: int = 200, **headers: str) -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.json_response(body, status=status, headers=named)

    return answer


async def hangs_up(request: web.Request) -> web.StreamResponse:
    assert request.transport
    request.transport.abort()
    return web.Response()


def sends(*events: str, then_hangs_up: bool = False) -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for event in events:
            await response.write(event.encode())
        if then_hangs_up:
            await hangs_up(request)
        return response

    return answer
