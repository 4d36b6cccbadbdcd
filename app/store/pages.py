"""Lists in pages, as OpenAI's: by time, from behind an id."""

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.store.batches_table import Batch
from app.store.files_table import File

Row = TypeVar("Row", File, Batch)


async def page(
    session: AsyncSession,
    table: type[Row],
    conditions: Sequence[Any],
    *,
    after: str | None,
    limit: int,
    oldest_first: bool,
) -> Sequence[Row]:
    """Return the next rows under conditions, behind that of an id; none if there is no such row."""
    place = tuple_(table.created, table.id)
    wanted = select(table).where(*conditions).limit(limit)
    if after is not None:
        behind = select(table.created, table.id).where(table.id == after, *conditions)
        found = (await session.execute(behind)).one_or_none()
        if found is None:
            return []
        then = tuple_(*found)
        wanted = wanted.where(place > then if oldest_first else place < then)
    columns = (table.created, table.id)
    ordered = columns if oldest_first else [column.desc() for column in columns]
    return (await session.scalars(wanted.order_by(*ordered))).all()
