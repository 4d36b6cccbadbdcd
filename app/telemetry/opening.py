"""From the configuration to tracing, or to none."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module

from app.telemetry.config import TracingConfig
from app.telemetry.tracing import UNTRACED, Tracing


class TelemetryMissing(Exception):
    """Tracing is set, and what it needs is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "`tracing` needs the extra `telemetry`: install fathom-serve[telemetry], or leave "
            "`tracing.endpoint` out"
        )


@asynccontextmanager
async def open_tracing(config: TracingConfig) -> AsyncIterator[Tracing]:
    """Give what follows requests; what it has seen by the end is sent before it is closed.

    Raises:
        TelemetryMissing: the extra is not installed.
    """
    if config.endpoint is None:
        yield UNTRACED
        return
    async with _exporting(config, config.endpoint) as tracing:
        yield tracing


def _exporting(config: TracingConfig, endpoint: str) -> AbstractAsyncContextManager[Tracing]:
    # Only now: importing it takes as long as opening a service without it.
    try:
        sdk = import_module("app.telemetry.exporting")
    except ModuleNotFoundError as error:
        raise TelemetryMissing from error
    opened: AbstractAsyncContextManager[Tracing] = sdk.exporting(config, endpoint)
    return opened
