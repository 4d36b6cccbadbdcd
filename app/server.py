"""The running server: uvicorn around the app, the service's models beside it, on one loop."""

import asyncio
import signal
from collections.abc import Callable
from functools import partial

import uvicorn

from app.jobs.opening import working
from app.listening import address_of, listen
from app.main import create_app
from app.opening import Opening
from app.service import Service
from app.settings import Settings
from app.signals import held_back

_GRACE_SECONDS = 15


async def serve(settings: Settings, announce: Callable[[str, Service], None]) -> None:
    """Serve until the process is told to end, then let requests finish for a while.

    Args:
        settings: what to serve, and where.
        announce: told the address and the service once it can answer.

    Raises:
        EngineError: the embedded engine could not be started.
        CannotListen: the address is taken, or not ours.
    """
    opening = Opening()
    app = create_app(opening)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        server_header=False,
    )
    server = uvicorn.Server(config)
    listener = listen(settings.host, settings.port)
    beside = partial(working, metrics=app.state.metrics)
    url = address_of(settings.host, listener.getsockname()[1])
    try:
        # The server lets go of a signal before what it serves is closed.
        with held_back(signal.SIGINT, signal.SIGTERM):
            async with asyncio.TaskGroup() as group:
                held = group.create_task(opening.hold(settings, partial(announce, url), beside))
                await server.serve(sockets=[listener])
                held.cancel()
        # Ctrl-C cancels whoever waits next.
        await asyncio.sleep(0)
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
