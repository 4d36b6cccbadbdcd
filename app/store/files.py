"""Files in parts: written one after the other, seen once they are whole. Knows rows alone."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.store.errors import NoSuchFile
from app.store.files_table import File, Part
from app.store.pages import Cut, Page, page

_TOGETHER = 20
"""Files that one transaction deletes, so that others need not wait long for it."""


async def found(session: AsyncSession, file: str, owner: str, now: float) -> File:
    """Return a file of an owner's.

    Raises:
        NoSuchFile: the owner has none of this id.
    """
    known = await session.get(File, file)
    if known is None or not known.whole or known.owner != owner or known.expires <= now:
        raise NoSuchFile(file)
    return known


async def part(session: AsyncSession, file: str, place: int) -> bytes | None:
    """Return a part of a file; `None` behind the last."""
    wanted = select(Part.content).where(Part.file == file, Part.place == place)
    return await session.scalar(wanted)


async def owned(
    session: AsyncSession,
    owner: str,
    now: float,
    cut: Cut,
    *,
    purpose: str | None,
) -> Page[File]:
    """Return a part of an owner's files; see `page`."""
    conditions: list[ColumnElement[bool]] = [
        File.owner == owner,
        File.whole.is_(True),
        File.expires > now,
    ]
    if purpose is not None:
        conditions.append(File.purpose == purpose)
    return await page(session, File, cut, conditions)


async def remove(session: AsyncSession, files: Sequence[str]) -> None:
    """Delete files."""
    await session.execute(delete(Part).where(Part.file.in_(files)))
    await session.execute(delete(File).where(File.id.in_(files)))


async def clean(session: AsyncSession, now: float) -> bool:
    """Delete some of the files that have expired; return whether there were any."""
    wanted = select(File.id).where(File.expires <= now).limit(_TOGETHER)
    old = (await session.scalars(wanted)).all()
    await remove(session, old)
    return bool(old)
