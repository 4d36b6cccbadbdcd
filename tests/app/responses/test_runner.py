"""What makes a response in the background, run as no server would: twice, late, and again."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import httpx2
import pytest
from pydantic import ValidationError
from sqlalchemy import update

from app.answering import Answering
from app.jobs.config import JobsConfig
from app.jobs.jobs import Jobs
from app.jobs.runner import Work
from app.main import create_app
from app.metrics import Metrics
from app.opening import Opening
from app.responses.runner import ResponseRunner
from app.store import Job, KeptResponse, Store
from engines.fake import FakeEngine
from engines.tasks import collect
from tests.app.client import a_service
from tests.app.responses.world import BEST, asked, kinds_of, speaking, told
from tests.search.world import a_or_b

EVENTS = {"background": True, "search": BEST | {"events": True}}


@dataclass
class Bench:
    """A response that is queued, and its runner."""

    client: httpx2.AsyncClient
    runner: ResponseRunner
    jobs: Jobs

    async def job(self, **body: Any) -> Job:
        return await self.jobs.get((await asked(self.client, **EVENTS | body))["id"])

    async def run(self, job: Job) -> None:
        job.result = await self.runner.run(Work(job, lambda _: None))

    async def end(self, job: Job, state: Any = "done") -> list[dict[str, Any]]:
        """End a job as its worker would; return what was told."""
        job.state = state
        async with self.jobs.store.session() as session:
            await self.runner.ended(job, session)
        return await told(self.client, job.id)


@pytest.fixture
async def bench(store: Store) -> AsyncIterator[Bench]:
    jobs = Jobs(store, {}, JobsConfig())
    engine = FakeEngine(a_or_b, latency=lambda _: 0.1)
    service = replace(a_service(engine), store=store, jobs=jobs)
    runner = ResponseRunner(lambda: Answering(service, Metrics()), store, pause_seconds=0.02)
    async with speaking(create_app(Opening(service))) as client:
        yield Bench(client, runner, jobs)


async def test_progress_is_told_before_the_end_if_it_is_asked_for(bench: Bench) -> None:
    job = await bench.job()
    await bench.run(job)
    kinds = kinds_of(await bench.end(job))
    assert kinds[2:5] == ["in_progress", "search.progress", "output_item.added"]
    plain = await bench.job(search=BEST)
    await bench.run(plain)
    assert "search.progress" not in kinds_of(await bench.end(plain))


async def test_two_that_make_the_same_response_leave_no_gap(bench: Bench) -> None:
    job = await bench.job()
    await collect([bench.run(job), bench.run(job)])
    events = await bench.end(job)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert kinds_of(events).count("completed") == 1


async def test_what_has_ended_does_not_end_again(bench: Bench) -> None:
    job = await bench.job()
    await bench.run(job)
    events = await bench.end(job)
    await bench.run(job)
    assert job.result == {}
    assert await bench.end(job, "cancelled") == events


async def test_a_second_try_says_why_there_is_one(bench: Bench) -> None:
    job = await bench.job()
    await bench.run(job)
    job.attempts = 2
    await bench.run(job)
    *events, last = await bench.end(job)
    [again] = [event for event in events if event["type"] == "search.restarted"]
    assert "a model server failed" in again["reasons"][0]
    assert last["response"]["search"]["degradations"] == again["reasons"]


async def test_what_comes_too_late_is_a_failed_response(bench: Bench) -> None:
    last = (await bench.end(await bench.job(), "expired"))[-1]
    assert last["type"] == "response.failed"
    assert "in time" in last["response"]["error"]["message"]


async def test_the_job_keeps_no_text(bench: Bench) -> None:
    job = await bench.job(input="a secret")
    await bench.run(job)
    await bench.end(job)
    assert (job.request, job.result) == ({}, None)


async def test_a_request_that_is_none_any_more_is_a_failed_response(bench: Bench) -> None:
    job = await bench.job()
    async with bench.jobs.store.session() as session:
        changed = update(KeptResponse).values(request={"model": "fathom", "input": 7})
        await session.execute(changed.where(KeptResponse.id == job.id))
    with pytest.raises(ValidationError):
        await bench.run(job)
    assert (await bench.end(job, "failed"))[-1]["type"] == "response.failed"
