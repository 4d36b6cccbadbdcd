"""Responses that nobody used for long: deleted now and then."""

import asyncio
import time

import structlog

from app.responses.keeping import DAY
from app.store import Store, StoreError
from app.store.responses import sweep

_log = structlog.get_logger("fathom.responses")
_PAUSE_SECONDS = 600.0


async def sweeping(store: Store, days: float) -> None:
    """Delete what was last used so many days ago, now and then, until this is cancelled."""
    while True:
        try:
            while await sweep(store, time.time() - days * DAY):
                pass
        except StoreError as error:
            _log.warning("old responses not deleted", reason=str(error))
        await asyncio.sleep(_PAUSE_SECONDS)
