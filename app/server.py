"""The running server: uvicorn around the app, the service's models beside it, on one loop."""

import asyncio
import signal
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

import uvicorn
from fastapi import FastAPI
from typing_extensions import override

from app.ending import LAST_WORDS_SECONDS, Ending
from app.jobs.opening import working
from app.listening import address_of, drop_unread, listen
from app.main import create_app
from app.opening import Opening
from app.reloading import Reloading
from app.service import Service
from app.settings import Settings


async def serve(
    settings: Settings, announce: Callable[[str, Service], None], read: Callable[[], Settings]
) -> None:
    """Serve until the process is told to end, and requests under way have.

    Args:
        settings: what to serve, and where.
        announce: told the address and the service once it can answer.
        read: reads the settings again, or raises `WrongSettings`.

    Raises:
        EngineError: the embedded engine could not be started.
        CannotListen: the address is taken, or not ours.
        NoKeys: others could reach it, and there are no keys for them.
    """
    opening = Opening()
    app = create_app(opening)
    server = _Server(app)
    listener = listen(settings.host, settings.port)
    drop_unread(listener, settings.reader_seconds)
    url = address_of(settings.host, listener.getsockname()[1])
    beside = partial(working, metrics=app.state.metrics, current=opening.current)
    ending = Ending(opening, app.state.under_way, settings.grace_seconds)
    reloading = Reloading(opening, read, app.state.metrics)
    signals: Mapping[signal.Signals, Callable[[], None]] = {
        signal.SIGTERM: lambda: ending.tell(signal.SIGTERM),
        signal.SIGINT: lambda: ending.tell(signal.SIGINT),
        signal.SIGHUP: reloading.reload,
    }
    try:
        with _heard(signals):
            async with asyncio.TaskGroup() as group:
                held = group.create_task(opening.hold(settings, partial(announce, url), beside))
                http = group.create_task(server.serve(sockets=[listener]))
                await ending.wait()
                server.should_exit = True
                await http
                held.cancel()
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


class _Server(uvicorn.Server):
    """Leaves signals to us: uvicorn would stop listening, and raise them again when it is done."""

    def __init__(self, app: FastAPI) -> None:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=int(LAST_WORDS_SECONDS),
            server_header=False,
        )
        super().__init__(config)

    @override
    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@contextmanager
def _heard(signals: Mapping[signal.Signals, Callable[[], None]]) -> Iterator[None]:
    """Have signals call functions on the running loop."""
    loop = asyncio.get_running_loop()
    for number, act in signals.items():
        loop.add_signal_handler(number, act)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
