"""What makes responses in the background: the runner of their jobs."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import override

from app.answering import Answering, Asked
from app.completion import Completion
from app.jobs.runner import BEGUN_ANEW, Runner, Work
from app.plan import plan
from app.progress import Progress
from app.responses.background import begin, end, say
from app.responses.conversion import chat_request, in_its_fields
from app.responses.keeping import NOTHING, Keeping
from app.responses.resource import Resource, failed
from app.responses.wire import ResponseRequest
from app.store import Job, KeptResponse, Store, StoreError
from app.store.tables import Plain
from engines.tasks import Beside

_log = structlog.get_logger("fathom.responses")

RESTARTED = "search.restarted"
"""The name of the event that says so."""
_SHARE = 1 / 20
"""Of a search's age that a pause between two events takes: an hour has some 130, not 3,600."""
_LATE: Plain = {"error": {"message": "it was not done in time", "code": None, "param": None}}


@dataclass(frozen=True, slots=True)
class ResponseRunner(Runner):
    """Makes responses.

    `answering` gives what answers now; `pause_seconds` is the shortest time between two events of
    progress.
    """

    answering: Callable[[], Answering]
    store: Store
    pause_seconds: float = 1.0

    @override
    async def run(self, work: Work) -> Plain:
        job, answering = work.job, self.answering()
        service = answering.service
        caller = await service.gate.ring.caller_of(job.owner, self.store)
        row = await self._begin(job)
        if row is None:
            return {}
        resource, days = _resource(row), service.settings.response_days
        keeping, earlier = Keeping(self.store, caller, days), NOTHING
        if row.chain:
            earlier = await keeping.earlier(row.chain[-1])
        chat = chat_request(resource.request, earlier.items)
        with in_its_fields():
            how = plan(chat, service)
            completion = await self._search(answering, Asked(chat, resource.head, how, caller))
        body = resource.found(completion)
        body["search"]["degradations"] += _losses(job)
        return body

    @override
    async def ended(self, job: Job, session: AsyncSession) -> None:
        row = await session.get(KeptResponse, job.id, with_for_update=True)
        result: dict[str, Any] = job.result or {}
        # The response has it; and is deleted when its owner says so.
        job.result = None
        if row is not None and not row.ended:
            end(session, row, result if job.state == "done" else _unmade(row.body, job))

    async def _begin(self, job: Job) -> KeptResponse | None:
        """Return the response of a job, if there is something to do for it."""
        async with self.store.session() as session:
            row = await session.get(KeptResponse, job.id, with_for_update=True)
            if row is None or row.ended:
                return None
            if row.status == "queued":
                begin(session, row)
            elif reasons := _losses(job):
                news = {"type": RESTARTED, "reasons": reasons}
                say(session, row, lambda script: [script.told(news)])
        return row

    async def _search(self, answering: Answering, asked: Asked) -> Completion:
        progress = Progress()
        if not asked.request.search.events:
            return await answering.answer(asked)
        async with Beside(partial(self._report, asked, progress)):
            return await answering.answer(asked, progress.hear)

    async def _report(self, asked: Asked, progress: Progress) -> None:
        """Say how a search stands, now and then, until this is cancelled."""
        began, seconds, line = time.perf_counter(), 0.0, ""
        while True:
            await asyncio.sleep(max(self.pause_seconds, _SHARE * seconds))
            seconds = time.perf_counter() - began
            if progress.line == line:
                continue
            line, told = progress.line, progress.told(asked.plan.limits, seconds)
            try:
                await self._say(asked.head.id, told)
            except StoreError as error:
                _log.warning("progress not kept", response=asked.head.id, reason=str(error))

    async def _say(self, response: str, news: Plain) -> None:
        async with self.store.session() as session:
            row = await session.get(KeptResponse, response, with_for_update=True)
            if row is not None and not row.ended:
                say(session, row, lambda script: [script.told(news)])


def _losses(job: Job) -> list[str]:
    """Return why a job's search is not the first one."""
    said = []
    if job.restarts:
        said.append(BEGUN_ANEW)
    if job.attempts - job.lost > 1:
        said.append("a model server failed during the search, which was begun anew")
    return said


def _resource(row: KeptResponse) -> Resource:
    """Return a response that has not ended, as it was asked."""
    body: dict[str, Any] = row.body
    request = ResponseRequest.model_validate(row.request)
    return Resource(request, body["temperature"], row.id, body["created_at"])


def _unmade(body: Plain, job: Job) -> dict[str, Any]:
    """Return a response whose job came to nothing."""
    if job.state == "cancelled":
        return body | {"status": "cancelled"}
    error: dict[str, Any] = job.error or _LATE
    return failed(body, error.get("status", 500), error)
