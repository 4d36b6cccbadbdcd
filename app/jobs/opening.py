"""The jobs of a service: done beside it for as long as it is open."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

from app.answering import Answering
from app.batches.check_runner import CheckRunner
from app.batches.cleaning import clean
from app.batches.endpoints import ENDPOINTS
from app.batches.finish_runner import FinishRunner
from app.batches.line_runner import LineRunner
from app.batches.progress import CHECK, FINISH, LINE, Progress
from app.jobs.jobs import Jobs
from app.jobs.runner import Runner
from app.jobs.worker import Worker
from app.metrics import Metrics
from app.responses.background import KIND as RESPONSE
from app.responses.cleaning import clean as clean_responses
from app.responses.runner import ResponseRunner
from app.service import Service
from app.store import Store
from app.traces.cleaning import clean as clean_traces


def runners(service: Service, metrics: Metrics, store: Store) -> Mapping[str, Runner]:
    """Return who does jobs, by their kinds."""
    config = service.settings.jobs
    progress = Progress(config, time.time)
    answering = Answering(service, metrics)
    return {
        CHECK: CheckRunner(store, config, progress),
        LINE: LineRunner(
            {path: endpoint(answering) for path, endpoint in ENDPOINTS.items()}, progress
        ),
        FINISH: FinishRunner(store, progress),
        RESPONSE: ResponseRunner(answering, store),
    }


@asynccontextmanager
async def working(service: Service, metrics: Metrics) -> AsyncIterator[Service]:
    """Do the jobs of a service's database, if it has one; give the service that can put them.

    At the end what is under way is put back, so that whoever opens the database next goes on.
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
    jobs = Jobs(store, runners(service, metrics, store), config)
    worker = Worker(jobs, metrics.jobs, cleaners)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(worker.work())
        try:
            yield replace(service, jobs=jobs)
        finally:
            worker.stop()
            await asyncio.wait([task])
