"""Responses that are kept, and the events of those in the background.

Time is a caller's: `since` is the earliest time of use that is still kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.store.database import Store
from app.store.errors import ResponseNotFound
from app.store.responses_table import KeptEvent, KeptResponse
from app.store.tables import Plain

_TOGETHER = 500
"""Rows that one transaction deletes, so that others need not wait long for it."""


@dataclass(frozen=True, slots=True)
class Whose:
    """Who asks for a response: an owner, who has kept nothing from before `since`."""

    owner: str
    since: float


async def keep(store: Store, response: KeptResponse) -> None:
    """Keep a response.

    Raises:
        StoreError: the database failed.
    """
    async with store.session() as session:
        session.add(response)


async def find(store: Store, response: str, whose: Whose) -> KeptResponse:
    """Return a response.

    Raises:
        ResponseNotFound: none of this id is the owner's.
        StoreError: the database failed.
    """
    async with store.session() as session:
        return _own(await session.get(KeptResponse, response), response, whose)


async def locked(session: AsyncSession, response: str, whose: Whose) -> KeptResponse:
    """Return a response that nobody else can change meanwhile.

    Raises:
        ResponseNotFound: none of this id is the owner's.
    """
    found = await session.get(KeptResponse, response, with_for_update=True)
    return _own(found, response, whose)


async def chain(store: Store, response: str, whose: Whose, now: float) -> Sequence[KeptResponse]:
    """Return a response behind all those it goes on from, the oldest first; they are used now.

    Raises:
        ResponseNotFound: none of this id is the owner's, or one it goes on from is gone.
        StoreError: the database failed.
    """
    async with store.session() as session:
        last = _own(await session.get(KeptResponse, response), response, whose)
        ids = [*last.chain, last.id]
        # Locked in one order by all, so that nobody waits for somebody who waits for them.
        wanted = select(KeptResponse).where(KeptResponse.id.in_(ids)).order_by(KeptResponse.id)
        found = {one.id: one for one in await session.scalars(wanted.with_for_update())}
        await session.execute(update(KeptResponse).where(KeptResponse.id.in_(ids)).values(used=now))
    for one in ids:
        if one not in found:
            raise ResponseNotFound(one)
    return [found[one] for one in ids]


async def forget(store: Store, response: str, whose: Whose) -> None:
    """Delete a response, and its events.

    Raises:
        ResponseNotFound: none of this id is the owner's.
        StoreError: the database failed.
    """
    async with store.session() as session:
        await session.delete(await locked(session, response, whose))


async def sweep(store: Store, before: float) -> int:
    """Delete some of the responses that were last used before a time; return how many.

    Raises:
        StoreError: the database failed.
    """
    async with store.session() as session:
        old = select(KeptResponse.id).where(KeptResponse.used < before).limit(_TOGETHER)
        ids = (await session.scalars(old)).all()
        await session.execute(delete(KeptResponse).where(KeptResponse.id.in_(ids)))
    return len(ids)


def tell(session: AsyncSession, response: KeptResponse, events: Sequence[Plain]) -> None:
    """Add events to a response that is locked, numbered from its `told` on."""
    for number, event in enumerate(events, response.told):
        session.add(KeptEvent(response=response.id, number=number, event=event))
    response.told += len(events)


async def told(store: Store, response: str, after: int) -> tuple[Sequence[Plain], bool]:
    """Return the next events of a response after a number, and whether there will be others.

    Raises:
        StoreError: the database failed.
    """
    wanted = select(KeptEvent.event).where(KeptEvent.response == response)
    following = wanted.where(KeptEvent.number > after).order_by(KeptEvent.number)
    async with store.session() as session:
        known = await session.get(KeptResponse, response)
        events = (await session.scalars(following.limit(_TOGETHER))).all()
        last = after + len(events)
    return events, known is not None and not (known.ended and last >= known.told - 1)


def _own(found: KeptResponse | None, response: str, whose: Whose) -> KeptResponse:
    if found is None or found.owner != whose.owner or found.used < whose.since:
        raise ResponseNotFound(response)
    return found
