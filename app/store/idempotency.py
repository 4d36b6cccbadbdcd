"""Keys of requests: claimed by one run at a time, which leaves its answer under the key."""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import and_, delete, or_, update
from sqlalchemy.dialects import postgresql, sqlite

from app.store.database import Store
from app.store.idempotency_table import Claim


@dataclass(frozen=True, slots=True)
class Holder:
    """One run that answers the request of a key; see `Claim`."""

    owner: str
    key: str
    holder: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What is kept of an answer: `content` is as it is to be stored."""

    status: int
    headers: dict[str, str]
    content: bytes


async def claim(
    store: Store, mine: Holder, asked: str, *, now: float, held_until: float, expires: float
) -> Claim | None:
    """Claim a key; return whose it is if it is another's, and `None` if it is ours now.

    A key is free if nobody has it, if it has expired, or if who holds it has not been heard of for
    too long. Of several who claim one at once, one gets it.

    Args:
        store: the database.
        mine: the key, and who is to hold it.
        asked: SHA-256 of the request.
        now: in seconds since 1970, as all of these.
        held_until: when others may take it that this one has died.
        expires: when the key is free again, whatever has come of it.

    Raises:
        StoreError: the database failed.
    """
    row: dict[str, Any] = {"asked": asked, "held_until": held_until, "expires": expires}
    row |= asdict(mine) | {"status": None, "headers": None, "content": None}
    insert = (postgresql if store.shared else sqlite).insert(Claim).values(row)
    dead = and_(Claim.status.is_(None), Claim.held_until < now)
    taking = insert.on_conflict_do_update(
        index_elements=["owner", "key"], set_=row, where=or_(Claim.expires < now, dead)
    )
    async with store.session() as session:
        if await session.scalar(taking.returning(Claim.holder)) is not None:
            return None
        return await session.get(Claim, (mine.owner, mine.key), populate_existing=True)


async def hold(store: Store, mine: Holder, until: float) -> None:
    """Say that a run goes on.

    Raises:
        StoreError: the database failed.
    """
    async with store.session() as session:
        await session.execute(update(Claim).where(*_ours(mine)).values(held_until=until))


async def settle(store: Store, mine: Holder, answer: Answer) -> None:
    """Leave an answer under the key, if it is still ours.

    Raises:
        StoreError: the database failed.
    """
    async with store.session() as session:
        await session.execute(update(Claim).where(*_ours(mine)).values(asdict(answer)))


async def release(store: Store, mine: Holder) -> None:
    """Give a key back, if it is still ours.

    Raises:
        StoreError: the database failed.
    """
    async with store.session() as session:
        await session.execute(delete(Claim).where(*_ours(mine)))


async def expire(store: Store, now: float) -> int:
    """Delete what has expired; return how many.

    Raises:
        StoreError: the database failed.
    """
    async with store.session() as session:
        gone = await session.scalars(delete(Claim).where(Claim.expires < now).returning(Claim.key))
        return len(gone.all())


def _ours(mine: Holder) -> tuple[Any, ...]:
    same = (Claim.owner == mine.owner, Claim.key == mine.key, Claim.holder == mine.holder)
    return (*same, Claim.status.is_(None))
