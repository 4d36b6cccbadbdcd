"""What somebody has to do now and then: jobs left behind, overdue, or long over."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TypeAlias

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.jobs.endings import told
from app.jobs.errors import JobLost
from app.jobs.jobs import Jobs
from app.jobs.metrics import JobMetrics
from app.store import Job, StoreError
from app.store.jobs import abandoned, counts, end, forget, overdue, put_back

_log = structlog.get_logger("fathom.jobs")
_CLEANING_SECONDS = 60.0

Find: TypeAlias = Callable[[AsyncSession, Collection[str], float], Awaitable[Sequence[Job]]]
"""Finds jobs of some kinds at a time, and locks them."""
Cleaner: TypeAlias = Callable[[Jobs], Awaitable[None]]
"""Deletes what has been kept for long enough, of things that jobs are of."""


class Chores:
    """The chores of a database's jobs; several processes may do them at once."""

    def __init__(self, jobs: Jobs, metrics: JobMetrics, cleaners: Sequence[Cleaner]) -> None:
        self._jobs, self._metrics, self._cleaners = jobs, metrics, cleaners
        self._cleaned = -_CLEANING_SECONDS

    async def do(self) -> None:
        """Do them once; if the database fails, say so in the log."""
        try:
            await self._do()
        except StoreError as error:
            _log.warning("jobs not looked after", reason=str(error))

    async def _do(self) -> None:
        await self.take_back()
        await self.expire()
        now = asyncio.get_running_loop().time()
        if now - self._cleaned >= _CLEANING_SECONDS:
            await self.clean()
            self._cleaned = now

    async def take_back(self) -> None:
        """Queue what was left behind by processes that were heard of no more."""
        while left := await self._each(abandoned, self._lose):
            _log.warning("jobs left behind", jobs=len(left))
            for job in left:
                self._metrics.lost(job)
            self._jobs.wake.set()

    async def expire(self) -> None:
        """End what nobody came to begin in time."""
        while await self._each(overdue, self._expire):
            pass

    async def _each(self, find: Find, decide: Callable[[Job], None]) -> Sequence[Job]:
        """Decide on some of the jobs that are found, if there are any, and return them."""
        jobs = self._jobs
        async with jobs.store.session() as session:
            found = await find(session, jobs.runners, jobs.clock())
            # Always in the same order: what their ends lock, others lock too.
            for job in sorted(found, key=lambda job: job.group or ""):
                decide(job)
                if job.over:
                    await jobs.runners[job.kind].ended(job, session)
        for job in found:
            if job.over:
                self._metrics.ended(job)
        return found

    def _lose(self, job: Job) -> None:
        now = self._jobs.clock()
        job.lost += 1
        if job.cancelling:
            end(job, "cancelled", now)
        elif job.lost > self._jobs.config.losses:
            end(job, "failed", now, error=told(JobLost(job.id, job.lost)))
        else:
            put_back(job, 0.0)

    def _expire(self, job: Job) -> None:
        end(job, "expired", self._jobs.clock())

    async def clean(self) -> None:
        """Forget what ended long ago, and count what has not."""
        jobs = self._jobs
        before = jobs.clock() - 3600 * jobs.config.keep_hours
        forgotten = True
        while forgotten:
            async with jobs.store.session() as session:
                forgotten = bool(await forget(session, before))
        for cleaner in self._cleaners:
            await cleaner(jobs)
        async with jobs.store.session() as session:
            self._metrics.known(await counts(session))
