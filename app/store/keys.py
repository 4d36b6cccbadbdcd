"""Keys, and what was spent on them day by day."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Insert, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.store.database import Store
from app.store.errors import KeyNotFound
from app.store.keys_table import Key, KeyDay

_INSERTS: dict[str, type[sqlite.Insert] | type[postgresql.Insert]] = {
    "sqlite": sqlite.Insert,
    "postgresql": postgresql.Insert,
}
"""Both can add to a row that is there already, each in words of its own."""


async def add_key(store: Store, key: Key) -> None:
    """Keep a key.

    Raises:
        StoreError: the database failed.
    """
    async with store.session() as session:
        session.add(key)


async def keys_from(store: Store, prefix: str) -> Sequence[Key]:
    """Return the keys whose secrets begin like this: one, but for a rare chance.

    Raises:
        StoreError: the database failed.
    """
    async with store.session() as session:
        return (await session.scalars(select(Key).where(Key.prefix == prefix))).all()


async def key_of(store: Store, id_: str) -> Key:
    """Return the key of this id.

    Raises:
        KeyNotFound: there is none.
        StoreError: the database failed.
    """
    async with store.session() as session:
        return await _key(session, id_)


async def every_key(store: Store) -> Sequence[Key]:
    """Return all keys, the oldest first.

    Raises:
        StoreError: the database failed.
    """
    async with store.session() as session:
        return (await session.scalars(select(Key).order_by(Key.made, Key.id))).all()


async def any_key(store: Store, now: float) -> bool:
    """Say whether there is a key of use at this time.

    Raises:
        StoreError: the database failed.
    """
    current = or_(Key.expires.is_(None), Key.expires > now)
    wanted = select(func.count()).select_from(Key).where(Key.revoked.is_(None), current)
    async with store.session() as session:
        return bool(await session.scalar(wanted))


async def revoke_key(store: Store, id_: str, now: float) -> Key:
    """Take a key back, and return it; one that was taken back before stays so.

    Raises:
        KeyNotFound: there is none of this id.
        StoreError: the database failed.
    """
    async with store.session() as session:
        key = await _key(session, id_)
        key.revoked = key.revoked or now
        return key


async def charge_keys(store: Store, spent: Iterable[KeyDay]) -> None:
    """Add to what was spent on keys in a day, of all of them or of none.

    Raises:
        StoreError: the database failed.
    """
    async with store.session() as session:
        for one in spent:
            await session.execute(_added(one, session.get_bind().dialect.name))


async def spent_on(store: Store, id_: str, day: str) -> KeyDay:
    """Return what was spent on a key in a day, which may be nothing.

    Raises:
        StoreError: the database failed.
    """
    async with store.session() as session:
        found = await session.get(KeyDay, (id_, day))
    return found or KeyDay(key=id_, day=day, requests=0, tokens=0, cost=0.0)


def _added(spent: KeyDay, dialect: str) -> Insert:
    names = ("requests", "tokens", "cost")
    values = {name: getattr(spent, name) for name in names}
    row = _INSERTS[dialect](KeyDay).values(key=spent.key, day=spent.day, **values)
    sums = {name: getattr(KeyDay, name) + value for name, value in values.items()}
    return row.on_conflict_do_update(index_elements=["key", "day"], set_=sums)


async def _key(session: AsyncSession, id_: str) -> Key:
    found = await session.get(Key, id_)
    if found is None:
        raise KeyNotFound(id_)
    return found
