"""Jobs that are done by functions, on a database in a file, with a clock that is set by hand."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from app.jobs.config import JobsConfig
from app.jobs.jobs import Jobs, Wanted
from app.jobs.metrics import JobMetrics
from app.jobs.runner import Work
from app.jobs.worker import Worker
from app.store import Job, Store, open_store

Do = Callable[[Work], Awaitable[dict[str, Any]]]
QUICK = JobsConfig(lease_seconds=0.3, poll_seconds=0.02, retry_seconds=0)


async def at_once(work: Work) -> dict[str, Any]:
    return {"did": work.job.request["do"]}


@dataclass
class Doing:
    """A runner that does what a function says, and keeps the ends it is told of."""

    do: Do = at_once
    ends: list[tuple[str, str]] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, work: Work):
        return await self.do(work)

    async def ended(self, job: Job, session) -> None:
        self.ends.append((job.id, job.state))
        self.changed.set()

    async def until(self, ends: int) -> None:
        """Wait for so many ends, and until they are committed."""
        async with asyncio.timeout(20):
            while len(self.ends) < ends:
                self.changed.clear()
                await self.changed.wait()


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1e9

    def __call__(self) -> float:
        return self.now


@dataclass
class World:
    store: Store
    doing: Doing
    jobs: Jobs
    clock: Any

    def worker(self, jobs: Jobs | None = None) -> Worker:
        return Worker(jobs or self.jobs, JobMetrics(CollectorRegistry()))


def wanted(name: str = "a", **fields: Any) -> Wanted:
    return Wanted("do", {"do": name}, id=name, **fields)


@asynccontextmanager
async def a_world(
    where: Path | str, do: Do = at_once, config: JobsConfig = QUICK, clock: Any = None
) -> AsyncIterator[World]:
    async with open_store(where, upgrading=True) as store:
        doing, clock = Doing(do), clock or Clock()
        yield World(store, doing, Jobs(store, {"do": doing}, config, clock), clock)


@asynccontextmanager
async def at_work(worker: Worker) -> AsyncIterator[None]:
    """Have a worker at work, and stop it as the server does."""
    async with asyncio.TaskGroup() as group:
        group.create_task(worker.work())
        try:
            yield
        finally:
            worker.stop()
