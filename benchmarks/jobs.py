"""How many jobs a second the queue does, of jobs that take no time: `python -m benchmarks.jobs`.

On a file of SQLite's by default; `--database postgresql://...` for another, whose tables it makes.
"""

import argparse
import asyncio
import sys
import time
from tempfile import TemporaryDirectory

import uvloop
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncSession

from app.jobs.config import JobsConfig
from app.jobs.jobs import Jobs, Wanted
from app.jobs.metrics import JobMetrics
from app.jobs.runner import Work
from app.jobs.worker import Worker
from app.store import Job, open_store
from app.store.tables import Plain


class Nothing:
    """Does nothing, and counts how often it is done."""

    def __init__(self, jobs: int) -> None:
        self._left, self.all_ended = jobs, asyncio.Event()

    async def run(self, work: Work) -> Plain:
        """Return at once."""
        return {"did": work.job.place}

    async def ended(self, job: Job, session: AsyncSession) -> None:
        """Count an end."""
        del job, session
        self._left -= 1
        if not self._left:
            self.all_ended.set()


async def measure(database: str, jobs: int, concurrency: int, waiting: int) -> None:
    """Put jobs behind `waiting` ones of another kind, do them, and say what both took."""
    async with open_store(database, upgrading=True) as store:
        nothing, config = Nothing(jobs), JobsConfig(concurrency=concurrency)
        queue = Jobs(store, {"nothing": nothing}, config)
        await queue.put(*(Wanted("elsewhere", {}, priority=9) for _ in range(waiting)))
        began = time.perf_counter()
        await queue.put(*(Wanted("nothing", {}, place=place) for place in range(jobs)))
        put, worked = time.perf_counter(), time.process_time()
        worker = Worker(queue, JobMetrics(CollectorRegistry()))
        async with asyncio.TaskGroup() as group:
            group.create_task(worker.work())
            await nothing.all_ended.wait()
            worker.stop()
        done, worked = time.perf_counter(), time.process_time() - worked
    sys.stdout.write(
        f"{jobs} jobs, {concurrency} at once, {waiting} waiting: put {jobs / (put - began):.0f}/s, "
        f"done {jobs / (done - put):.0f}/s, {1e3 * worked / jobs:.1f} ms of a processor each\n"
    )


def main() -> None:
    """Measure a database."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", help="a file of SQLite's that is deleted, if not given")
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--waiting", type=int, default=0, help="further jobs, that are not done")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        where = asked.database or f"{folder}/jobs.db"
        uvloop.run(measure(where, asked.jobs, asked.concurrency, asked.waiting))


if __name__ == "__main__":
    main()
