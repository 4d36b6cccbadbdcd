"""From nothing to a service that answers: models may take minutes to come up, or not be there yet.

The HTTP side listens from the start, so that `/health` and `/ready` can say what is awaited.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import structlog

from app.keys.wanted import check_keys
from app.service import Service, open_service
from app.settings import Settings
from app.store import StoreError, open_store
from app.telemetry.opening import open_tracing
from app.telemetry.tracing import UNTRACED, Tracing
from engines.errors import EngineError
from engines.llamacpp import LlamaCppConfig
from scorers.base import ScorerError

_log = structlog.get_logger("fathom")
_PATIENCE_SECONDS = 2.0

Beside: TypeAlias = Callable[[Service], AbstractAsyncContextManager[Service]]
"""Opens what goes on beside a service while that is open, and gives the service with it."""


class NotReady(Exception):
    """The models cannot be asked yet, and why."""


class Draining(NotReady):
    """The server is about to end: it takes no more requests."""

    def __init__(self) -> None:
        super().__init__("the server is shutting down: ask again, and another one may answer")


class Opening:
    """Holds the service once it is open, and the reason why it is not until then.

    `draining` says that the server is about to end; `settings` are known from the start.
    """

    def __init__(self, service: Service | None = None) -> None:
        self._service = service
        self.reason, self.draining = "starting", False
        self._settings: Settings | None = None

    @property
    def service(self) -> Service:
        """The open service.

        Raises:
            NotReady: it is not open yet.
            Draining: it takes no more requests.
        """
        if self.draining:
            raise Draining
        return self.current()

    def current(self) -> Service:
        """Return the open service as it is set now, for what goes on while the server drains.

        Raises:
            NotReady: it is not open yet.
        """
        if self._service is None:
            raise NotReady(f"the service is not ready: {self.reason}")
        return self._service

    @property
    def settings(self) -> Settings | None:
        """What is set: known before the service is open, and read again while it runs."""
        return self._settings if self._service is None else self._service.settings

    @property
    def tracing(self) -> Tracing:
        """What follows requests: nothing does as long as the service is not open."""
        return UNTRACED if self._service is None else self._service.tracing

    def drain(self) -> None:
        """Hand out the service no more; who has it can go on with it."""
        self.draining = True

    def swap(self, service: Service) -> None:
        """Hand out another service from now on; who has the one before goes on with that."""
        self._service = service

    async def hold(
        self,
        settings: Settings,
        opened: Callable[[Service], None],
        beside: Beside = nullcontext,
    ) -> None:
        """Open the service, say so, and keep it open until cancelled.

        Servers that run elsewhere are tried until they answer. What this process starts itself
        is not: what fails then would fail again.

        Raises:
            EngineError: the embedded engine could not be started.
            StoreError: the database, a file, cannot be used.
            TelemetryMissing: what tracing needs is not installed.
            NoKeys: others could ask, and there are no keys for them.
        """
        self._settings = settings
        while True:
            try:
                await self._open(settings, opened, beside)
            except (EngineError, ScorerError, StoreError) as error:
                if self._service or _all_ours(settings):
                    raise
                if str(error) != self.reason:
                    _log.warning("waiting", reason=str(error))
                self.reason = str(error)
                await asyncio.sleep(_PATIENCE_SECONDS)

    async def _open(
        self, settings: Settings, opened: Callable[[Service], None], beside: Beside
    ) -> None:
        async with AsyncExitStack() as stack:
            where, store = settings.database, None
            if where is not None:
                make_folder(where)
                store = await stack.enter_async_context(open_store(where))
            await check_keys(settings, store)
            tracing = await stack.enter_async_context(open_tracing(settings.tracing))
            service = await stack.enter_async_context(open_service(settings, tracing))
            whole = beside(replace(service, store=store))
            self._service = await stack.enter_async_context(whole)
            opened(self._service)
            await self._service.gate.accounts.keep(store)


def make_folder(database: str) -> None:
    """Make the folder of a database that is a file.

    Raises:
        StoreError: it cannot be made.
    """
    if "://" in database:
        return
    try:
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"`database` cannot be {database}: {error.strerror}") from error


def _all_ours(settings: Settings) -> bool:
    if "://" in (settings.database or ""):
        return False
    named = (settings.of(model).engine for model in settings.further.values())
    engines = (settings.engine, *settings.engines.values(), *named)
    return all(isinstance(engine, LlamaCppConfig) for engine in engines)
