"""Lists in pages: from one row on, so many, the oldest or the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, String, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.store.errors import NotKept
from app.store.tables import Table


class Owned(Table, kw_only=True):
    """Base of tables whose rows are somebody's.

    Attributes:
        id: of the row, as its owner knows it.
        owner: whose it is: the id of who asked.
        created: when, in seconds since 1970.
    """

    __abstract__ = True

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    created: Mapped[float] = mapped_column(index=True)


T = TypeVar("T", bound=Owned)


@dataclass(frozen=True, slots=True)
class Cut:
    """Which part of a list: up to `limit` rows, those behind the id `after` if there is one."""

    limit: int
    after: str | None = None
    newest_first: bool = True


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows of a list, and whether there are more behind them."""

    rows: Sequence[T]
    more: bool


def owned(table: type[Owned], owner: str | None) -> list[ColumnElement[bool]]:
    """Return the condition that a row is the owner's; none where `owner` is everybody, `None`."""
    return [] if owner is None else [table.owner == owner]


async def page(
    session: AsyncSession, table: type[T], cut: Cut, conditions: Sequence[ColumnElement[bool]]
) -> Page[T]:
    """Return a part of the rows that meet the conditions.

    Raises:
        NotKept: the row to begin behind is not among them.
    """
    found = select(table).where(*conditions)
    place = (table.created, table.id)
    if cut.after is not None:
        last = await session.scalar(found.where(table.id == cut.after))
        if last is None:
            raise NotKept(cut.after, param="after")
        here = tuple_(last.created, last.id)
        found = found.where(tuple_(*place) < here if cut.newest_first else tuple_(*place) > here)
    order = [column.desc() if cut.newest_first else column.asc() for column in place]
    rows = (await session.scalars(found.order_by(*order).limit(cut.limit + 1))).all()
    return Page(rows[: cut.limit], len(rows) > cut.limit)
