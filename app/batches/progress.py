"""How a batch goes on: from counting its requests to its end. Knows rows and jobs, not answers."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.batches.checking import Fault
from app.batches.errors import BatchOver
from app.jobs.config import JobsConfig
from app.jobs.jobs import LATER, Clock, Wanted
from app.store import Batch
from app.store.batches import locked
from app.store.jobs import cancel_group, end, put, unended
from app.store.jobs import locked as locked_job

CHECK, LINE, FINISH = "batch_check", "batch_line", "batch_finish"
"""The kinds of a batch's jobs: its file is looked at, its lines are answered, its files written."""
ATTEMPTS = 20
"""Of what only the database can be in the way of."""


def check_of(batch: str) -> str:
    """Return the id of the job that looks at a batch's file."""
    return f"{batch}.check"


class Progress:
    """Moves batches on, in transactions of others."""

    def __init__(self, config: JobsConfig, clock: Clock) -> None:
        self._config, self.clock = config, clock

    async def checked(self, session: AsyncSession, name: str) -> None:
        """Take down that all requests of a batch have been put."""
        # As its check has not ended yet, nobody can be calling it off at this moment.
        if (await session.get_one(Batch, name)).status == "cancelling":
            await self.given_up(session, name)
            return
        batch = await locked(session, name)
        if batch.status == "validating":
            batch.status, batch.in_progress = "in_progress", self.clock()
        await self.go_on(session, batch)

    async def given_up(self, session: AsyncSession, name: str) -> None:
        """Put no more requests of a batch, and wait only for those that run."""
        await cancel_group(session, name, self.clock())
        batch = await locked(session, name)
        batch.waiting = await unended(session, name)
        if batch.status == "validating":
            batch.status, batch.in_progress = "in_progress", self.clock()
        await self.go_on(session, batch)

    async def go_on(self, session: AsyncSession, batch: Batch) -> None:
        """Have the files of a batch, which is locked, written once nothing is waited for."""
        if batch.waiting or batch.status not in ("in_progress", "cancelling"):
            return
        batch.finalizing = self.clock()
        if batch.status == "in_progress":
            batch.status = "finalizing"
        finish = Wanted(
            FINISH,
            {"batch": batch.id},
            owner=batch.owner,
            id=f"{batch.id}.finish",
            priority=LATER,
            expires=self.clock() + 3600 * self._config.keep_hours,
            attempts=ATTEMPTS,
        )
        await put(session, [finish.job(self._config, self.clock())])

    async def fail(self, session: AsyncSession, name: str, errors: list[Fault]) -> None:
        """End a batch for what is wrong with it."""
        await cancel_group(session, name, self.clock())
        batch = await locked(session, name)
        batch.status, batch.over, batch.errors = "failed", self.clock(), errors

    async def cancel(self, session: AsyncSession, name: str) -> Batch:
        """Call a batch off; what of it has ended keeps its answers.

        Raises:
            BatchOver: it has ended, or is about to.
        """
        now = self.clock()
        check = await locked_job(session, check_of(name))
        ended = await cancel_group(session, name, now)
        batch = await locked(session, name)
        if batch.status == "cancelling":
            return batch
        if batch.status not in ("validating", "in_progress"):
            raise BatchOver(name, batch.status)
        batch.status, batch.cancelling = "cancelling", now
        if check.state == "running":
            # It may be putting requests still. Its end counts them.
            check.cancelling = True
            return batch
        if check.over:
            batch.waiting -= ended
        else:
            end(check, "cancelled", now)
        await self.go_on(session, batch)
        return batch
