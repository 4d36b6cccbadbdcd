"""The jobs of a service: done beside it for as long as it is open."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

from app.answering import Answering
from app.jobs.jobs import Jobs
from app.jobs.runner import Runner
from app.jobs.worker import Worker
from app.metrics import Metrics
from app.responses.background import KIND as RESPONSE
from app.responses.runner import ResponseRunner
from app.responses.sweeping import sweeping
from app.service import Service
from engines.tasks import Beside


def runners(service: Service, metrics: Metrics) -> Mapping[str, Runner]:
    """Return who does jobs, by their kinds."""
    assert service.store
    return {RESPONSE: ResponseRunner(Answering(service, metrics), service.store)}


@asynccontextmanager
async def working(service: Service, metrics: Metrics) -> AsyncIterator[Service]:
    """Do the jobs of a service's database, if it has one; give the service that can put them.

    At the end what is under way is put back, so that whoever opens the database next goes on.
    """
    if service.store is None:
        yield service
        return
    jobs = Jobs(service.store, runners(service, metrics), service.settings.jobs)
    worker = Worker(jobs, metrics.jobs)
    sweeper = Beside(partial(sweeping, service.store, service.settings.response_days))
    async with sweeper, asyncio.TaskGroup() as group:
        task = group.create_task(worker.work())
        try:
            yield replace(service, jobs=jobs)
        finally:
            worker.stop()
            await asyncio.wait([task])
