"""The jobs of a service: done beside it for as long as it is open."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

from app.answering import Answering
from app.batches.check_runner import CheckRunner
from app.batches.cleaning import clean
from app.batches.finish_runner import FinishRunner
from app.batches.line_runner import LineRunner
from app.batches.progress import CHECK, FINISH, LINE, Progress
from app.jobs.config import JobsConfig
from app.jobs.jobs import Clock, Jobs
from app.jobs.runner import Runner
from app.jobs.worker import Worker
from app.metrics import Metrics
from app.responses.background import KIND as RESPONSE
from app.responses.cleaning import clean as clean_responses
from app.responses.runner import ResponseRunner
from app.service import Service
from app.store import Store
from app.traces.cleaning import clean as clean_traces


def runners(
    answering: Callable[[], Answering], store: Store, config: JobsConfig, clock: Clock
) -> Mapping[str, Runner]:
    """Return who does jobs, by their kinds; `answering` gives what answers those begun now."""
    progress = Progress(config, clock)
    return {
        CHECK: CheckRunner(store, config, progress),
        LINE: LineRunner(answering, progress),
        FINISH: FinishRunner(store, progress),
        RESPONSE: ResponseRunner(answering, store),
    }


@asynccontextmanager
async def working(
    service: Service,
    metrics: Metrics,
    current: Callable[[], Service],
    clock: Clock = time.time,
) -> AsyncIterator[Service]:
    """Do the jobs of a service's database, if it has one; give the service that can put them.

    At the end what is under way is put back, so that whoever opens the database next goes on.

    Args:
        service: as it is opened.
        metrics: where jobs and their searches are counted.
        current: gives the service as it is set now, for each job that begins.
        clock: seconds since 1970.
    """
    if service.store is None:
        yield service
        return
    store, config = service.store, service.settings.jobs
    cleaners = (
        clean,
        partial(clean_responses, days=service.settings.response_days),
        partial(clean_traces, config=service.settings.traces),
    )

    def answering() -> Answering:
        return Answering(current(), metrics)

    jobs = Jobs(store, runners(answering, store, config, clock), config, clock)
    worker = Worker(jobs, metrics.jobs, cleaners)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(worker.work())
        try:
            yield replace(service, jobs=jobs)
        finally:
            worker.stop()
            await asyncio.wait([task])
