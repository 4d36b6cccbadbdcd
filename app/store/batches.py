"""Batches: how far they are, counted in the transactions that end their requests.

A batch's row is locked after those of its jobs, never before: two transactions that wait for each
other would both fail.
"""

from collections.abc import Mapping

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.store.batches_table import Batch
from app.store.errors import NoSuchBatch
from app.store.pages import Cut, Page, page


async def found(session: AsyncSession, batch: str, owner: str) -> Batch:
    """Return a batch of an owner's as it is now.

    Raises:
        NoSuchBatch: the owner has none of this id.
    """
    known = await session.get(Batch, batch)
    if known is None or known.owner != owner:
        raise NoSuchBatch(batch)
    return known


async def locked(session: AsyncSession, batch: str) -> Batch:
    """Return a batch that nobody else can change meanwhile, as it is by then.

    Raises:
        NoSuchBatch: there is none of this id.
    """
    known = await session.get(Batch, batch, with_for_update=True, populate_existing=True)
    if known is None:
        raise NoSuchBatch(batch)
    return known


async def count(session: AsyncSession, batch: str, ended: Mapping[str, int]) -> Batch:
    """Add to the numbers of a batch, by their columns, and return it, locked.

    Raises:
        NoSuchBatch: there is none of this id.
    """
    values = {name: getattr(Batch, name) + number for name, number in ended.items()}
    await session.execute(update(Batch).where(Batch.id == batch).values(values))
    return await locked(session, batch)


async def owned(session: AsyncSession, owner: str, cut: Cut) -> Page[Batch]:
    """Return a part of an owner's batches; see `page`."""
    return await page(session, Batch, cut, [Batch.owner == owner])


async def clean(session: AsyncSession, before: float) -> None:
    """Delete the batches that ended before a time."""
    old = select(Batch.id).where(Batch.over < before)
    await session.execute(delete(Batch).where(Batch.id.in_(old)))
