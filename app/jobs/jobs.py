"""Putting jobs, asking after them, and calling them off: what routes and runners have of jobs."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from secrets import token_hex
from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncSession

from app.jobs.config import JobsConfig
from app.jobs.runner import Runner
from app.jobs.running import Running
from app.store import Job, Store
from app.store.jobs import end, found, locked, put
from app.store.tables import Plain

Also: TypeAlias = Callable[[AsyncSession], Awaitable[None]]
"""Writes further rows in a transaction."""
Clock: TypeAlias = Callable[[], float]
"""Says the time, in seconds since 1970."""

SOON, LATER, LAST = 0, 5, 10
"""Priorities: of what somebody waits for, of what batches need, and of the lines of batches."""
_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """A job to be put; see `Job` for the fields.

    `expires` is `None` for as long as the settings say; `attempts` likewise.
    """

    kind: str
    request: Plain
    owner: str = ""
    id: str = field(default_factory=lambda: f"job_{token_hex(12)}")
    group: str | None = None
    place: int = 0
    priority: int = SOON
    expires: float | None = None
    attempts: int | None = None

    def job(self, config: JobsConfig, now: float) -> Job:
        """Return it as a row."""
        return Job(
            id=self.id,
            kind=self.kind,
            owner=self.owner,
            group=self.group,
            place=self.place,
            priority=self.priority,
            request=self.request,
            created=now,
            expires=now + _HOUR * config.expire_hours if self.expires is None else self.expires,
            max_attempts=config.attempts if self.attempts is None else self.attempts,
        )


class Jobs:
    """The jobs of a database.

    Attributes:
        running: those that are done in this process; one may be there twice, if it was lost.
        wake: set when there may be something to do.
    """

    def __init__(
        self,
        store: Store,
        runners: Mapping[str, Runner],
        config: JobsConfig,
        clock: Clock = time.time,
    ) -> None:
        self.store, self.runners, self.config, self.clock = store, runners, config, clock
        self.running: set[Running] = set()
        self.wake = asyncio.Event()

    async def put(self, *wanted: Wanted, also: Also | None = None) -> None:
        """Accept jobs, all or none; one of an id that there is already is left as it is.

        Args:
            wanted: the jobs, in the order in which they are to be done.
            also: writes further rows in the same transaction.

        Raises:
            StoreError: the database failed.
        """
        now = self.clock()
        async with self.store.session() as session:
            if also is not None:
                await also(session)
            await put(session, [one.job(self.config, now) for one in wanted])
        self.wake.set()

    async def get(self, job: str) -> Job:
        """Return a job as it is now.

        Raises:
            JobNotFound: there is none of this id.
            StoreError: the database failed.
        """
        async with self.store.session() as session:
            return await found(session, job)

    async def cancel(self, job: str) -> Job:
        """Call a job off, and return it.

        One that is queued has ended then. One that runs is interrupted, at once if it does here,
        else with its next sign of life. One that has ended stays as it is.

        Raises:
            JobNotFound: there is none of this id.
            StoreError: the database failed.
        """
        async with self.store.session() as session:
            known = await self.cancel_in(session, job)
        self.interrupt(job)
        return known

    async def cancel_in(self, session: AsyncSession, job: str) -> Job:
        """Call a job off in a transaction of the caller's, who calls `interrupt` after it."""
        known = await locked(session, job)
        if known.state == "queued":
            end(known, "cancelled", self.clock())
            await self.runners[known.kind].ended(known, session)
        known.cancelling = known.cancelling or known.state == "running"
        return known

    def interrupt(self, name: str) -> None:
        """Interrupt a job that was called off, or a group's, if it is done in this process."""
        for running in self.running:
            if name in (running.job.id, running.job.group):
                running.interrupt("cancelled")
