"""Searches that are kept: written, found, listed, deleted. Knows rows, not what is in them."""

from dataclasses import dataclass

from sqlalchemy import delete, select

from app.store.database import Store
from app.store.errors import NotKept
from app.store.pages import Cut, Page, owned, page
from app.store.traces_table import KeptTrace, TraceWords


@dataclass(frozen=True, slots=True)
class WantedTraces:
    """Which searches: whose (`None` for everybody's), and of what; `None` for any."""

    owner: str | None
    strategy: str | None = None
    model: str | None = None


async def find_trace(
    store: Store, trace: str, owner: str | None
) -> tuple[KeptTrace, TraceWords | None]:
    """Return a search, with its words if they are kept.

    Raises:
        NotKept: there is none of this id, or it is another's.
        StoreError: the database failed.
    """
    wanted = select(KeptTrace).where(KeptTrace.id == trace, *owned(KeptTrace, owner))
    async with store.session() as session:
        found = await session.scalar(wanted)
        if found is None:
            raise NotKept(trace)
        return found, await session.get(TraceWords, trace)


async def list_traces(store: Store, wanted: WantedTraces, cut: Cut) -> Page[KeptTrace]:
    """Return a part of the searches that are wanted.

    Raises:
        NotKept: the one to begin behind is not among them.
        StoreError: the database failed.
    """
    conditions = owned(KeptTrace, wanted.owner)
    if wanted.strategy is not None:
        conditions.append(KeptTrace.strategy == wanted.strategy)
    if wanted.model is not None:
        conditions.append(KeptTrace.model == wanted.model)
    async with store.session() as session:
        return await page(session, KeptTrace, cut, conditions)


async def delete_trace(store: Store, trace: str, owner: str | None) -> None:
    """Delete a search.

    Raises:
        NotKept: there is none of this id, or it is another's.
        StoreError: the database failed.
    """
    unwanted = delete(KeptTrace).where(KeptTrace.id == trace, *owned(KeptTrace, owner))
    async with store.session() as session:
        if await session.scalar(unwanted.returning(KeptTrace.id)) is None:
            raise NotKept(trace)
