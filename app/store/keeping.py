"""Rows written together."""

from collections.abc import Sequence

from app.store.database import Store
from app.store.tables import Table


async def keep(store: Store, rows: Sequence[Table], parts: Sequence[Table]) -> None:
    """Write rows, and after them the parts that refer to them: all, or nothing.

    Raises:
        StoreError: the database failed.
    """
    async with store.session() as session:
        session.add_all(rows)
        await session.flush()
        session.add_all(parts)
