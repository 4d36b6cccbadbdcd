"""What does jobs of one kind: the protocol of the engine's users."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncSession

from app.store import Job
from app.store.tables import Plain


@dataclass(frozen=True, slots=True)
class Work:
    """One job to be done.

    Attributes:
        job: as it was when it was claimed; changing it changes nothing.
        say: takes how far the work is, as JSON, which is kept in the job's `progress` with the next
            sign of life; the last word counts.
    """

    job: Job
    say: Callable[[dict[str, JsonValue]], None]


BEGUN_ANEW = "the server ended during the search, which was begun anew"
"""What an answer says that was looked for more than once."""


class Runner(Protocol):
    """Does jobs of one kind."""

    async def run(self, work: Work) -> Plain:
        """Do a job, and return its result.

        It may be run again from the beginning, and for moments even twice at once: what it does to
        the world besides its result must bear that. It is cancelled when the job is, when it
        expires, when another process has taken it over, and when this one ends.

        Raises:
            EngineOverloaded, EngineUnavailable, ScorerUnavailable, StoreError: to be tried again
                later, as long as there are attempts left.
            Exception: the job failed. One that has a row in `app.errors.STATUS` is the job's
                `error`; any other is a bug, and is logged.
        """
        ...

    async def ended(self, job: Job, session: AsyncSession) -> None:
        """Write what belongs to a job's end, in the transaction that ends it.

        Called exactly once in a job's life, whichever its end (`job.state`), with its `result` or
        its `error`; also for jobs that were never run, because they were cancelled or expired. If
        it fails, the end is undone. Jobs ended as a group are not told of (`cancel_group`).
        """
        ...
