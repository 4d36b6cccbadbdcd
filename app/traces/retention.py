"""How long searches and completions are kept, and how many."""

import time

from app.store import KeptCompletion, KeptTrace, Store
from app.store.retention import trim
from app.traces.config import MEGABYTE, TracesConfig

_DAY = 86_400.0


async def sweep(store: Store, config: TracesConfig) -> int:
    """Delete the searches and completions that are too old, or too much; return how many.

    Raises:
        StoreError: the database failed.
    """
    since, most = time.time() - config.days * _DAY, int(config.megabytes * MEGABYTE)
    tables = (KeptTrace, KeptCompletion)
    return sum([await trim(store, table, since=since, most_bytes=most) for table in tables])
