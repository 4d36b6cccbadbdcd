"""A job while it is done in this process: it can be interrupted, and says why it was."""

import asyncio
from typing import Literal, TypeAlias

from pydantic import JsonValue

from app.jobs.runner import Runner, Work
from app.store import Job
from app.store.tables import Plain

Why: TypeAlias = Literal["cancelled", "expired", "parked", "lost"]
"""Who wants it interrupted: the client; the clock; this process, to end; another one, to do it."""


class Interrupted(Exception):
    """The job was interrupted; `why` says who wanted that."""

    def __init__(self, why: Why) -> None:
        super().__init__(f"the job was interrupted: it is {why}")
        self.why = why


class Running:
    """A job that was claimed.

    Attributes:
        job: as it was when it was claimed.
        holder: the name that it was claimed under.
        progress: what was last said of how far it is; `None` since that was written down.
    """

    def __init__(self, job: Job, holder: str, seconds: float) -> None:
        self.job, self.holder = job, holder
        self.progress: dict[str, JsonValue] | None = None
        self._why: Why | None = None
        self._scope, self._inside = asyncio.timeout(seconds), False

    def interrupt(self, why: Why) -> None:
        """Have the work cancelled, if it has not ended; the first to say why is right."""
        self._why = self._why or why
        # One that is being interrupted takes a while, and is asked for again meanwhile.
        if self._inside and not self._scope.expired():
            self._scope.reschedule(0)

    async def through(self, runner: Runner) -> Plain:
        """Have it done, and return the result.

        Raises:
            Interrupted: somebody wanted that, or it expired.
            Exception: whatever the runner raises.
        """
        if self._why:
            raise Interrupted(self._why)
        try:
            async with self._scope:
                return await self._run(runner)
        except TimeoutError:
            if not self._scope.expired():
                raise
        raise Interrupted(self.why)

    @property
    def why(self) -> Why:
        """Why it was interrupted: if nobody wanted that, by the clock."""
        return self._why or "expired"

    async def _run(self, runner: Runner) -> Plain:
        self._inside = True
        try:
            return await runner.run(Work(self.job, self._said))
        finally:
            self._inside = False

    def _said(self, progress: dict[str, JsonValue]) -> None:
        self.progress = progress
