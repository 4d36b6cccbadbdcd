"""The first job of a batch: looks at its file, and puts a job for each line if all is well."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count

from sqlalchemy.ext.asyncio import AsyncSession

from app.batches.checking import LINE_BYTES, Checking, Fault, fault
from app.batches.files import lines
from app.batches.progress import LINE, Progress
from app.jobs.config import JobsConfig
from app.jobs.jobs import LAST, Wanted
from app.jobs.runner import Work
from app.store import Batch, Job, Store
from app.store.batches import locked
from app.store.jobs import put
from app.store.tables import Plain

_TOGETHER = 100
"""Lines that are put in one transaction, so that others need not wait long for it."""


@dataclass(frozen=True, slots=True)
class CheckRunner:
    """Checks and counts the requests of a batch, and puts them.

    It can be run again: a line's job has an id of its own, and is put once.
    """

    store: Store
    config: JobsConfig
    progress: Progress

    async def run(self, work: Work) -> Plain:
        """Return what is wrong with the file; nothing if all its requests are put."""
        name = str(work.job.request["batch"])
        async with self.store.session() as session:
            batch = await session.get_one(Batch, name)
        checking = Checking(batch.endpoint)
        async for content in lines(self.store, batch.input_file, LINE_BYTES):
            checking.line(content)
            if checking.enough:
                break
        if checking.end():
            return _result(checking.faults)
        async with self.store.session() as session:
            _counted(await locked(session, name), checking)
        return _result(await self._put(batch, checking.requests))

    async def ended(self, job: Job, session: AsyncSession) -> None:
        """Let the batch go on, or end it."""
        name = str(job.request["batch"])
        faults = _faults(job)
        if faults:
            await self.progress.fail(session, name, faults)
        elif job.state == "done":
            await self.progress.checked(session, name)
        else:
            await self.progress.given_up(session, name)

    async def _put(self, batch: Batch, expected: int) -> list[Fault]:
        """Put a job for each line; return what turns out to be wrong."""
        waiting: list[Wanted] = []
        put_already = 0
        async for wanted in self._wanted(batch):
            waiting.append(wanted)
            if len(waiting) == _TOGETHER:
                put_already += len(waiting)
                if not await self._put_some(batch.id, waiting):
                    return []
                waiting.clear()
        await self._put_some(batch.id, waiting)
        if put_already + len(waiting) < expected:
            return [fault("file_deleted", "the file was deleted while it was read")]
        return []

    async def _wanted(self, batch: Batch) -> AsyncIterator[Wanted]:
        checking, places = Checking(batch.endpoint), count()
        async for content in lines(self.store, batch.input_file, LINE_BYTES):
            request = checking.line(content)
            if request is not None:
                yield _line(batch, next(places), request)

    async def _put_some(self, batch: str, wanted: list[Wanted]) -> bool:
        """Put some, and say whether more are wanted."""
        now = self.progress.clock()
        async with self.store.session() as session:
            open_ = (await locked(session, batch)).status == "validating"
            if open_:
                await put(session, [one.job(self.config, now) for one in wanted])
        return open_


def _result(faults: list[Fault]) -> Plain:
    return {"errors": [*faults]}


def _counted(batch: Batch, checking: Checking) -> None:
    # If this is run anew, some requests may have ended already.
    if batch.total is None:
        batch.total = batch.waiting = checking.requests
        batch.model = checking.model


def _line(batch: Batch, place: int, request: Plain) -> Wanted:
    kept = {"batch": batch.id, **{name: request[name] for name in ("custom_id", "url", "body")}}
    return Wanted(
        LINE,
        kept,
        owner=batch.owner,
        id=f"batch_req_{batch.id.removeprefix('batch_')}_{place}",
        group=batch.id,
        place=place,
        priority=LAST,
        expires=batch.expires,
    )


def _faults(job: Job) -> list[Fault]:
    if job.error is not None:
        failure = job.error["error"]
        assert isinstance(failure, dict)
        return [fault(str(failure["code"]), str(failure["message"]))]
    found = (job.result or {}).get("errors", [])
    assert isinstance(found, list)
    return [one for one in found if isinstance(one, dict)]
