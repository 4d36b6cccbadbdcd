"""What somebody has to do now and then: jobs left behind, overdue, or long over."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

import structlog

from app.jobs.endings import told
from app.jobs.errors import JobLost
from app.jobs.jobs import Jobs
from app.jobs.metrics import JobMetrics
from app.store import Job, StoreError
from app.store.jobs import abandoned, counts, end, forget, overdue, put_back

_log = structlog.get_logger("fathom.jobs")
_CLEANING_SECONDS = 60.0

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
        jobs = self._jobs
        async with jobs.store.session() as session:
            left = await abandoned(session, jobs.runners, jobs.clock())
            for job in left:
                job.lost += 1
                self._decide(job)
                if job.over:
                    await jobs.runners[job.kind].ended(job, session)
        for job in left:
            self._metrics.lost(job)
            if job.over:
                self._metrics.ended(job)
        if left:
            _log.warning("jobs left behind", jobs=len(left))
            jobs.wake.set()

    def _decide(self, job: Job) -> None:
        now = self._jobs.clock()
        if job.cancelling:
            end(job, "cancelled", now)
        elif job.lost > self._jobs.config.losses:
            end(job, "failed", now, error=told(JobLost(job.id, job.lost)))
        else:
            put_back(job, 0.0)

    async def expire(self) -> None:
        """End what nobody came to begin in time."""
        jobs = self._jobs
        async with jobs.store.session() as session:
            late = await overdue(session, jobs.runners, jobs.clock())
            for job in late:
                end(job, "expired", jobs.clock())
                await jobs.runners[job.kind].ended(job, session)
        for job in late:
            self._metrics.ended(job)

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
