"""What has been kept for long enough is deleted: once a minute, while the service runs."""

import asyncio
import time

import structlog

from app.settings import Settings
from app.store import Store, StoreError
from app.store.idempotency import expire
from app.traces.retention import sweep

_log = structlog.get_logger("fathom")
_SECONDS = 60.0


async def keep_sweeping(store: Store, settings: Settings) -> None:
    """Sweep until cancelled. A database that fails is logged, and tried again."""
    while True:
        try:
            gone = await sweep(store, settings.traces) + await expire(store, time.time())
        except StoreError as error:
            _log.warning("nothing deleted", reason=str(error))
        else:
            _log.debug("deleted what was kept for long enough", rows=gone)
        await asyncio.sleep(_SECONDS)
