"""The last job of a batch: writes its answers into one file, and what went wrong into another."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from app.batches.checking import fault
from app.batches.files import Writing
from app.batches.progress import Progress
from app.jobs.runner import Work
from app.store import Batch, File, Job, Store
from app.store.batches import locked
from app.store.batches_table import Status
from app.store.jobs import members
from app.store.tables import Plain

_TOGETHER = 50
_UNDONE = {
    "expired": fault("batch_expired", "the batch's time was over before this request was answered"),
    "cancelled": fault("batch_cancelled", "the batch was cancelled before this was answered"),
}


@dataclass(slots=True)
class _Results:
    """The two files of a batch, each begun when it gets its first line."""

    store: Store
    batch: Batch
    created: float
    files: dict[str, Writing] = field(default_factory=dict)
    lines: int = 0
    late: bool = False

    async def add(self, job: Job) -> None:
        """Write what came of a line."""
        self.lines += 1
        self.late = self.late or job.state == "expired"
        which = "output" if job.state == "done" else "error"
        if which not in self.files:
            self.files[which] = Writing(
                self.store,
                owner=self.batch.owner,
                name=f"{self.batch.id}_{which}.jsonl",
                purpose="batch_output",
                created=self.created,
            )
            await self.files[which].begin()
        await self.files[which].write(orjson.dumps(line(job)) + b"\n")

    async def end(self) -> Plain:
        """Finish the files, and return their ids and sizes."""
        sizes = {w.file.id: await w.end() for w in self.files.values()}
        ids = {which: writing.file.id for which, writing in self.files.items()}
        late = self.late or self.lines < (self.batch.total or 1)
        return {"output": ids.get("output"), "error": ids.get("error"), "sizes": {**sizes},
                "late": late}  # fmt: skip


def line(job: Job) -> dict[str, Any]:
    """Return what came of a line of a batch, as OpenAI's files have it."""
    response: Any = job.result
    if job.error is not None:
        body = {"error": job.error["error"]}
        response = {"status_code": job.error["status"], "request_id": job.id, "body": body}
    undone = _UNDONE.get(job.state)
    return {
        "id": job.id,
        "custom_id": job.request["custom_id"],
        "response": response,
        "error": undone and {name: undone[name] for name in ("code", "message")},
    }


@dataclass(frozen=True, slots=True)
class FinishRunner:
    """Writes the files of batches of which nothing is waited for any more."""

    store: Store
    progress: Progress

    async def run(self, work: Work) -> Plain:
        """Write the files, and return which they are; nobody sees them yet."""
        async with self.store.session() as session:
            batch = await session.get_one(Batch, str(work.job.request["batch"]))
        results = _Results(self.store, batch, self.progress.clock())
        async for job in self._members(batch.id):
            await results.add(job)
        return await results.end()

    async def ended(self, job: Job, session: AsyncSession) -> None:
        """End the batch, and show its files."""
        name = str(job.request["batch"])
        if job.result is None:
            wrong = fault("internal_error", "the files of the batch could not be written")
            await self.progress.fail(session, name, [wrong])
            return
        batch, sizes = await locked(session, name), job.result["sizes"]
        assert isinstance(sizes, dict)
        for file_id, size in sizes.items():
            file = await session.get_one(File, file_id)
            assert isinstance(size, int)
            file.bytes, file.whole = size, True
            file.expires = self.progress.clock() + batch.keep_seconds
        batch.output_file = _name(job.result["output"])
        batch.error_file = _name(job.result["error"])
        batch.status, batch.over = _status(batch, late=bool(job.result["late"])), job.ended

    async def _members(self, batch: str) -> AsyncIterator[Job]:
        place = -1
        while True:
            async with self.store.session() as session:
                jobs = await members(session, batch, place, _TOGETHER)
            if not jobs:
                return
            for job in jobs:
                yield job
            place = jobs[-1].place


def _name(file: object) -> str | None:
    return None if file is None else str(file)


def _status(batch: Batch, *, late: bool) -> Status:
    if batch.cancelling is not None:
        return "cancelled"
    return "expired" if late else "completed"
