"""The running server: a pool of sandboxes, uvicorn before it, on one loop."""

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette

from sandbox.ceiling import Ceiling
from sandbox.errors import SandboxError
from sandbox.server import Server, create_app
from sandbox.started import Recipe
from sandbox.warm import Pool

KEY = "FATHOM_SANDBOX_KEY"
"""The environment variable of the key that requests must show."""
_BACKLOG = 1024
_GRACE_SECONDS = 5


class CannotListen(SandboxError):
    """The address is taken, not ours, or needs rights we lack."""


async def serve(
    recipe: Recipe,
    ceiling: Ceiling,
    *,
    host: str,
    port: int,
    key: str | None,
    announce: Callable[[str], None],
) -> None:
    """Serve until the process is told to end.

    Args:
        recipe: of sandboxes that passed the self-test.
        ceiling: what is given away at most.
        host: the address to listen at.
        port: likewise; 0 for any that is free.
        key: that requests must show, if any.
        announce: told the address once a program can be run.

    Raises:
        CannotListen: and why.
    """
    listener = _listen(host, port)
    pool = Pool(recipe, size=ceiling.warm)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with pool:
            announce(_url(host, listener.getsockname()[1]))
            yield

    app = create_app(Server(pool, ceiling, key), lifespan)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, lifespan="on",
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )  # fmt: skip
    await uvicorn.Server(config).serve(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise CannotListen(f"cannot listen at {host}, port {port}: {error.strerror}") from error
    # Else the body of an answer waits until its head is acknowledged: 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _url(host: str, port: int) -> str:
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared
    return f"http://[{here}]:{port}" if ":" in here else f"http://{here}:{port}"
