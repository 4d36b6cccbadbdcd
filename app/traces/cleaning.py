"""Searches, completions and answers under an `Idempotency-Key` that were kept for long enough."""

from app.jobs.jobs import Jobs
from app.store.idempotency import expire
from app.traces.config import TracesConfig
from app.traces.retention import sweep


async def clean(jobs: Jobs, *, config: TracesConfig) -> None:
    """Delete what is too old, or too much.

    Raises:
        StoreError: the database failed.
    """
    await sweep(jobs.store, config)
    await expire(jobs.store, jobs.clock())
