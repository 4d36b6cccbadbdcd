"""Responses in the background: put as jobs, told in events that are kept, ended once.

Whoever locks both a job and its response locks the job first.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from sqlalchemy.ext.asyncio import AsyncSession

from app.jobs.jobs import Jobs, Wanted
from app.responses.errors import NotBackground
from app.responses.events import EventBody, Script, whole
from app.responses.keeping import Earlier, Keeping
from app.responses.resource import Resource
from app.store import KeptResponse
from app.store.responses import locked, tell

KIND = "response"
"""What its jobs are called; a job has its response's id."""

Telling: TypeAlias = Callable[[Script], Iterable[EventBody]]


async def put(jobs: Jobs, keeping: Keeping, resource: Resource, earlier: Earlier) -> dict[str, Any]:
    """Accept a response, to be made in the background; return it as it is queued.

    Raises:
        StoreError: the database failed.
    """
    body = resource.state("queued")
    row = keeping.row(resource.request, body, earlier)
    row.request = resource.request.model_dump(mode="json", by_alias=True, exclude_unset=True)

    async def also(session: AsyncSession) -> None:
        session.add(row)
        await session.flush()
        say(session, row, Script.created)

    wanted = Wanted(KIND, {}, owner=keeping.caller.id, id=resource.id)
    await jobs.put(wanted, also=also)
    return body


async def cancel(jobs: Jobs, keeping: Keeping, response: str) -> dict[str, Any]:
    """Call a response off and return it; one that has ended stays as it is.

    Raises:
        ResponseNotFound: the caller has none of this id.
        NotBackground: it was answered as it was asked.
        StoreError: the database failed.
    """
    known = await keeping.find(response)
    if not known.background:
        raise NotBackground(response, "cancelled")
    if known.ended:
        return known.body
    async with keeping.store.session() as session:
        await jobs.cancel_in(session, response)
        row = await locked(session, response, keeping.whose)
        if not row.ended:
            end(session, row, row.body | {"status": "cancelled"})
    jobs.interrupt(response)
    return row.body


def say(session: AsyncSession, row: KeptResponse, telling: Telling) -> None:
    """Add events to a response that is locked and has not ended."""
    tell(session, row, list(telling(Script(row.body, first=row.told))))


def begin(session: AsyncSession, row: KeptResponse) -> None:
    """Say that the search for a response that is locked begins."""
    row.status, row.body = "in_progress", row.body | {"status": "in_progress"}
    say(session, row, Script.began)


def end(session: AsyncSession, row: KeptResponse, body: dict[str, Any]) -> None:
    """End a response that is locked and has not ended, and say so."""
    # Only now is its text told: had it been as it was drawn, a search that is begun anew would
    # have to take it back.
    say(session, row, lambda script: script.ended(body, whole))
    row.status, row.body, row.request = body["status"], body, None
