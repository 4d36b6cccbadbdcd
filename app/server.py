"""The running server: uvicorn around the app, the service's models beside it, on one loop."""

import asyncio
from collections.abc import Callable

import uvicorn

from app.listening import address_of, listen
from app.main import create_app
from app.opening import Opening
from app.service import Service
from app.settings import Settings

_GRACE_SECONDS = 15


async def serve(settings: Settings, announce: Callable[[str, Service], None]) -> None:
    """Serve until the process is told to end, then let requests finish for a while.

    Args:
        settings: what to serve, and where.
        announce: told the address and the service once it can answer.

    Raises:
        EngineError: the embedded engine could not be started.
        CannotListen: the address is taken, or not ours.
        NoKeys: others could reach it, and there are no keys for them.
    """
    opening = Opening()
    config = uvicorn.Config(
        create_app(opening),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        server_header=False,
    )
    server = uvicorn.Server(config)
    listener = listen(settings.host, settings.port)
    url = address_of(settings.host, listener.getsockname()[1])
    try:
        async with asyncio.TaskGroup() as group:
            held = group.create_task(opening.hold(settings, lambda open_: announce(url, open_)))
            await server.serve(sockets=[listener])
            held.cancel()
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
