"""Responses that nobody used for long."""

from app.jobs.jobs import Jobs
from app.responses.keeping import DAY
from app.store.responses import sweep


async def clean(jobs: Jobs, *, days: float) -> None:
    """Delete what was last used so many days ago.

    Raises:
        StoreError: the database failed.
    """
    while await sweep(jobs.store, jobs.clock() - days * DAY):
        pass
