"""What is kept of keys, in every kind of database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.store import Key, KeyDay, KeyNotFound, Store, open_store
from app.store.keys import (
    add_key,
    any_key,
    charge_keys,
    every_key,
    key_of,
    keys_from,
    revoke_key,
    spent_on,
)

DAY = "2026-12-01"


def a_key(id_: str = "key_1", **told) -> Key:
    plain = {"name": "a", "prefix": f"fk-{id_}", "digest": "d", "scopes": ["chat"], "limits": {}}
    return Key(id=id_, made=1.0, **plain | told)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(tmp_path / "a.db") as opened:
        yield opened


async def test_a_key_is_found_by_how_its_secret_begins(store: Store) -> None:
    await add_key(store, a_key("key_1"))
    await add_key(store, a_key("key_2"))
    assert [key.id for key in await keys_from(store, "fk-key_2")] == ["key_2"]
    assert await keys_from(store, "fk-key_3") == []


async def test_the_oldest_key_is_listed_first(store: Store) -> None:
    await add_key(store, a_key("key_1"))
    older = a_key("key_2")
    older.made = 0.5
    await add_key(store, older)
    assert [key.id for key in await every_key(store)] == ["key_2", "key_1"]


async def test_a_key_that_is_revoked_or_has_expired_is_of_no_use(store: Store) -> None:
    assert not await any_key(store, 2.0)
    await add_key(store, a_key("key_1", expires=3.0))
    assert await any_key(store, 2.0)
    assert not await any_key(store, 3.0)
    await revoke_key(store, "key_1", 2.5)
    assert not await any_key(store, 2.0)


async def test_a_key_is_revoked_once(store: Store) -> None:
    await add_key(store, a_key())
    await revoke_key(store, "key_1", 5.0)
    await revoke_key(store, "key_1", 6.0)
    assert (await key_of(store, "key_1")).revoked == 5.0


async def test_a_key_that_is_not_there_is_an_error_that_says_so(store: Store) -> None:
    with pytest.raises(KeyNotFound, match="key_9"):
        await revoke_key(store, "key_9", 1.0)


async def test_what_is_spent_adds_up_in_a_day_and_outlives_the_process(tmp_path: Path) -> None:
    async with open_store(tmp_path / "a.db") as store:
        await add_key(store, a_key())
        for tokens in (3, 4):
            spent = KeyDay(key="key_1", day=DAY, requests=1, tokens=tokens, cost=0.5)
            await charge_keys(store, [spent])
    async with open_store(tmp_path / "a.db") as store:
        today = await spent_on(store, "key_1", DAY)
        other = await spent_on(store, "key_1", "2026-12-02")
    assert (today.requests, today.tokens, today.cost) == (2, 7, 1.0)
    assert (other.requests, other.tokens, other.cost) == (0, 0, 0.0)
