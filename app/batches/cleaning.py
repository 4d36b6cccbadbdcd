"""Files and batches that have been kept for long enough."""

from app.jobs.jobs import Jobs
from app.store.batches import clean as clean_batches
from app.store.files import clean as clean_files


async def clean(jobs: Jobs) -> None:
    """Delete the files that have expired, and the batches that ended long ago."""
    now, more = jobs.clock(), True
    while more:
        async with jobs.store.session() as session:
            more = await clean_files(session, now)
    async with jobs.store.session() as session:
        await clean_batches(session, now - 3600 * jobs.config.keep_hours)
