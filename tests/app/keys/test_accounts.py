"""What is spent on keys: known at once, and in the database soon."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import text

import app.keys.accounts
from app.keys.accounts import Accounts, Spent, today
from app.store import Store, StoreError, open_store
from app.store.keys import spent_on
from engines.usage import Usage

USAGE = Usage(prompt_tokens=9, cached_tokens=4, completion_tokens=2, cost=0.5)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(tmp_path / "a.db") as opened:
        yield opened


async def written(store: Store) -> Spent:
    row = await spent_on(store, "key_1", today())
    return Spent(row.requests, row.tokens, row.cost)


async def test_what_is_spent_counts_before_and_after_it_is_written(store: Store) -> None:
    accounts = Accounts()
    for n in range(1, 4):
        accounts.charge("key_1", USAGE)
        assert await accounts.spent_today("key_1", store) == Spent(n, 7 * n, 0.5 * n)
        await accounts.write(store)
        assert await accounts.spent_today("key_1", store) == Spent(n, 7 * n, 0.5 * n)
    assert await written(store) == Spent(3, 21, 1.5)


async def test_what_others_spend_is_known_after_some_seconds(store, monkeypatch) -> None:
    ours, theirs = Accounts(), Accounts()
    assert await ours.spent_today("key_1", store) == Spent()
    theirs.charge("key_1", USAGE)
    await theirs.write(store)
    assert await ours.spent_today("key_1", store) == Spent()
    monkeypatch.setattr(app.keys.accounts, "_READ_SECONDS", 0)
    assert await ours.spent_today("key_1", store) == Spent(1, 7, 0.5)


async def test_what_is_spent_while_the_database_is_away_is_written_later(store: Store) -> None:
    accounts = Accounts()
    accounts.charge("key_1", USAGE)
    async with store.session() as session:
        await session.execute(text("ALTER TABLE key_days RENAME TO away"))
    with pytest.raises(StoreError):
        await accounts.write(store)
    async with store.session() as session:
        await session.execute(text("ALTER TABLE away RENAME TO key_days"))
    accounts.charge("key_1", USAGE)
    await accounts.write(store)
    assert await written(store) == Spent(2, 14, 1.0)


async def test_it_is_written_again_and_again_and_a_last_time_at_the_end(store, monkeypatch) -> None:
    monkeypatch.setattr(app.keys.accounts, "_WRITE_SECONDS", 0)
    accounts = Accounts()
    async with asyncio.TaskGroup() as group:
        keeping = group.create_task(accounts.keep(store))
        accounts.charge("key_1", USAGE)
        while await written(store) != Spent(1, 7, 0.5):  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0)
        monkeypatch.setattr(app.keys.accounts, "_WRITE_SECONDS", 600)
        accounts.charge("key_1", USAGE)
        keeping.cancel()
    assert await written(store) == Spent(2, 14, 1.0)


async def test_a_database_that_stays_away_is_told_of_once(store: Store, monkeypatch) -> None:
    monkeypatch.setattr(app.keys.accounts, "_WRITE_SECONDS", 0)
    async with store.session() as session:
        await session.execute(text("DROP TABLE key_days"))
    accounts = Accounts()
    accounts.charge("key_1", USAGE)
    with structlog.testing.capture_logs() as logged:
        async with asyncio.TaskGroup() as group:
            keeping = group.create_task(accounts.keep(store))
            while not logged:  # noqa: ASYNC110 - nothing else tells of it
                await asyncio.sleep(0)
            keeping.cancel()
    assert [line["event"] for line in logged] == ["not charged yet"]
