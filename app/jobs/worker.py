"""Doing jobs in the server's process: as many at once as is set, each under a lease.

A job's work may fail, be interrupted, or turn out to be another process's by now; what then
becomes of the job is written in one transaction, on the condition that it is still held.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from secrets import token_hex
from typing import TypeAlias

import structlog

from app.errors import STATUS
from app.jobs.chores import Chores, Cleaner
from app.jobs.endings import PASSING, broken, told
from app.jobs.jobs import Jobs
from app.jobs.metrics import JobMetrics
from app.jobs.patience import Patience
from app.jobs.rhythm import repeat, rest
from app.jobs.running import Interrupted, Running, Why
from app.keys.errors import Later, QuotaSpent
from app.store import Job, LeaseLost, StoreError
from app.store.jobs import claim, end, held, park, put_back, put_off

_log = structlog.get_logger("fathom.jobs")
_DAY_SECONDS = 86_400.0

Change: TypeAlias = Callable[[Job], None]
"""What becomes of a job that was done, or tried."""


class Worker:
    """Does the jobs of a database, until it is told to stop."""

    def __init__(self, jobs: Jobs, metrics: JobMetrics, cleaners: Sequence[Cleaner] = ()) -> None:
        self._jobs, self._metrics, self._config = jobs, metrics, jobs.config
        self._chores = Chores(jobs, metrics, cleaners)
        self._stopping, self._over = False, asyncio.Event()
        self._patience = Patience()

    def stop(self) -> None:
        """Begin nothing any more; what is under way is put back, to be begun anew elsewhere."""
        self._stopping = True
        self._jobs.wake.set()

    async def work(self) -> None:
        """Do jobs until told to stop."""
        chores, seconds = self._chores.do, self._config.poll_seconds
        async with asyncio.TaskGroup() as group:
            group.create_task(repeat(self._beat, self._config.beat_seconds, self._over))
            group.create_task(repeat(chores, seconds, self._over))
            try:
                await self._do_jobs()
            finally:
                self._over.set()

    async def _do_jobs(self) -> None:
        async with asyncio.TaskGroup() as group:
            while not self._stopping:
                self._jobs.wake.clear()
                await self._begin(group)
                await rest(self._config.poll_seconds, self._jobs.wake)
            for running in self._jobs.running:
                running.interrupt("parked")

    async def _begin(self, group: asyncio.TaskGroup) -> None:
        """Begin what is due, as far as there is room."""
        while len(self._jobs.running) < self._config.concurrency and not self._stopping:
            try:
                running = await self._claim()
            except StoreError as error:
                _log.warning("no job can be claimed", reason=str(error))
                return
            if running is None:
                return
            self._jobs.running.add(running)
            group.create_task(self._carry_out(running))

    async def _claim(self) -> Running | None:
        now, holder = self._jobs.clock(), token_hex(16)
        async with self._jobs.store.session() as session:
            job = await claim(
                session,
                self._jobs.runners,
                now,
                holder=holder,
                lease_until=now + self._config.lease_seconds,
                per_owner=self._config.per_owner,
                besides=self._patience.waiting(now),
            )
        if job is None:
            return None
        self._metrics.began(job)
        return Running(job, holder, job.expires - now)

    async def _carry_out(self, running: Running) -> None:
        """Do a job, and write down what became of it."""
        try:
            await self._settle(running, await self._outcome(running))
        except LeaseLost as lost:
            _log.warning("job lost", job=running.job.id, reason=str(lost))
        finally:
            self._jobs.running.remove(running)
            self._jobs.wake.set()

    async def _outcome(self, running: Running) -> Change:
        job, now = running.job, self._jobs.clock
        try:
            result = await running.through(self._jobs.runners[job.kind])
        except Interrupted as interrupted:
            return partial(self._interrupted, why=interrupted.why)
        except tuple(STATUS) as error:
            return self._refused(job, error)
        except Exception:  # noqa: BLE001 - a bug of a runner's ends its job, not the server
            _log.exception("job broken", job=job.id, kind=job.kind)
            return lambda job: end(job, "failed", now(), error=broken())
        return lambda job: end(job, "done", now(), result=result)

    def _refused(self, job: Job, error: Exception) -> Change:
        if isinstance(error, Later):
            return self._later(job, error.retry_after)
        if isinstance(error, QuotaSpent):
            return self._tomorrow(job, error)
        if isinstance(error, PASSING):
            return partial(self._tried, error=error)
        return partial(self._failed, error=error)

    def _later(self, job: Job, seconds: float) -> Change:
        """Put a job off whose search had to wait; see `Patience`."""
        now = self._jobs.clock()
        self._patience.wait(job.owner, now, seconds)
        return partial(self._put_off, until=now + seconds)

    def _tomorrow(self, job: Job, spent: QuotaSpent) -> Change:
        """Put a job off to the next day of UTC, or end it if that is too late."""
        now = self._jobs.clock()
        seconds = _DAY_SECONDS - now % _DAY_SECONDS
        if now + seconds < job.expires:
            return self._later(job, seconds)
        return partial(self._failed, error=spent)

    def _failed(self, job: Job, error: Exception) -> None:
        end(job, "failed", self._jobs.clock(), error=told(error))

    def _put_off(self, job: Job, until: float) -> None:
        if job.cancelling:
            end(job, "cancelled", self._jobs.clock())
        else:
            put_off(job, min(until, job.expires))

    def _interrupted(self, job: Job, why: Why) -> None:
        if why == "lost":
            raise LeaseLost(job.id)
        if why == "expired":
            end(job, "expired", self._jobs.clock())
        elif why == "cancelled" or job.cancelling:
            end(job, "cancelled", self._jobs.clock())
        else:
            park(job)

    def _tried(self, job: Job, error: Exception) -> None:
        now, failures = self._jobs.clock(), job.attempts - job.lost
        if job.cancelling:
            end(job, "cancelled", now)
        elif failures >= job.max_attempts:
            end(job, "failed", now, error=told(error))
        else:
            put_back(job, now + self._config.delay(failures))

    async def _settle(self, running: Running, change: Change) -> None:
        """Write down what became of a job; a database that fails is tried again.

        Raises:
            LeaseLost: it is somebody else's to say.
        """
        while True:
            try:
                return await self._write(running, change)
            except LeaseLost:
                raise
            except StoreError as error:
                _log.warning("job not ended", job=running.job.id, reason=str(error))
                if self._stopping:
                    # Whoever finds its lease past begins it anew.
                    return None
            await asyncio.sleep(self._config.poll_seconds)

    async def _write(self, running: Running, change: Change) -> None:
        async with self._jobs.store.session() as session:
            job = await held(session, running.job.id, running.holder)
            change(job)
            if job.over:
                await self._jobs.runners[job.kind].ended(job, session)
        if job.over:
            self._patience.end(job.owner)
        self._metrics.ended(job)

    async def _beat(self) -> None:
        """Give signs of life of all that is done here."""
        for running in list(self._jobs.running):
            try:
                await self._renew(running)
            except LeaseLost:
                running.interrupt("lost")
            except StoreError as error:
                _log.warning("no sign of life", job=running.job.id, reason=str(error))

    async def _renew(self, running: Running) -> None:
        progress, running.progress = running.progress, None
        async with self._jobs.store.session() as session:
            job = await held(session, running.job.id, running.holder)
            job.lease_until = self._jobs.clock() + self._config.lease_seconds
            if progress is not None:
                job.progress = progress
        if job.cancelling:
            running.interrupt("cancelled")
