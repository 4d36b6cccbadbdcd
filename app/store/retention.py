"""What is kept for too long, or too much: deleted, the oldest first."""

from typing import TypeAlias

from sqlalchemy import ColumnElement, delete, func, or_, select

from app.store.completions_table import KeptCompletion
from app.store.database import Store
from app.store.traces_table import KeptTrace

Kept: TypeAlias = type[KeptTrace] | type[KeptCompletion]
"""What is kept for a while."""


async def trim(store: Store, table: Kept, *, since: float, most_bytes: int) -> int:
    """Delete rows, and return how many.

    Args:
        store: the database.
        table: of what.
        since: rows from before are deleted, in seconds since 1970.
        most_bytes: of all rows together; the newest that fit stay.

    Raises:
        StoreError: the database failed.
    """
    upto: ColumnElement[int] = func.sum(table.size).over(
        order_by=(table.created.desc(), table.id.desc())
    )
    sized = select(table.id.label("id"), upto.label("upto")).subquery()
    beyond = select(sized.c.id).where(sized.c.upto > most_bytes)
    unwanted = delete(table).where(or_(table.created < since, table.id.in_(beyond)))
    async with store.session() as session:
        gone = await session.scalars(unwanted.returning(table.id))
        return len(gone.all())
