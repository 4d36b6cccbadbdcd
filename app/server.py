"""The running server: uvicorn around the app, the service's models beside it, on one loop."""

import asyncio
import socket
from collections.abc import Callable

import uvicorn

from app.main import create_app
from app.opening import Opening
from app.service import Service
from app.settings import Settings

_GRACE_SECONDS = 15
_BACKLOG = 4096


async def serve(settings: Settings, announce: Callable[[str, Service], None]) -> None:
    """Serve until the process is told to end, then let requests finish for a while.

    Args:
        settings: what to serve, and where.
        announce: told the address and the service once it can answer.

    Raises:
        EngineError: the embedded engine could not be started.
        OSError: the address cannot be listened at.
    """
    opening = Opening()
    config = uvicorn.Config(
        create_app(opening),
        log_config=None,
        access_log=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        server_header=False,
    )
    server = uvicorn.Server(config)
    listener = _listen(settings)
    url = _url(settings.host, listener.getsockname()[1])
    try:
        async with asyncio.TaskGroup() as group:
            held = group.create_task(opening.hold(settings, lambda open_: announce(url, open_)))
            await server.serve(sockets=[listener])
            held.cancel()
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.create_server((settings.host, settings.port), family=family, backlog=_BACKLOG)
    # The event loop sets this on sockets it makes itself. Without it the body of an answer waits
    # until its head is acknowledged: 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _url(host: str, port: int) -> str:
    """Return the address as it is reached from this machine."""
    if host in ("127.0.0.1", "0.0.0.0", "::", "::1"):  # noqa: S104 - compared, not listened at
        return f"http://localhost:{port}"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
