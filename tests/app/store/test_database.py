"""A database is opened with the tables of this version, wherever it is."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text

from app.store import Store, StoreError, open_store
from app.store.schema import newest, upgrade
from app.store.tables import Table


def test_migrations_make_what_the_tables_say(tmp_path: Path) -> None:
    with create_engine(f"sqlite:///{tmp_path}/a.db").begin() as connection:
        upgrade(connection)
        found = compare_metadata(MigrationContext.configure(connection), Table.metadata)
    assert found == []


async def test_a_file_is_brought_up_to_date_when_it_is_opened(tmp_path: Path) -> None:
    async with open_store(tmp_path / "a.db") as store, store.session() as session:
        found = await session.scalar(text("SELECT version_num FROM alembic_version"))
    assert found == newest()


async def test_a_file_of_before_the_migrations_keeps_its_rows(tmp_path: Path) -> None:
    async with open_store(tmp_path / "a.db"):
        pass
    with closing(sqlite3.connect(tmp_path / "a.db")) as database:
        database.execute("DROP TABLE alembic_version")
        for table in Table.metadata.tables.keys() - {"outcomes"}:
            database.execute(f"DROP TABLE {table}")
        database.execute(
            "INSERT INTO outcomes (trace, at, model, conversation, strategy, tokens, seconds) "
            "VALUES ('a', 1, 'm', 'c', '{}', 1, 1)"
        )
        database.commit()
    async with open_store(tmp_path / "a.db") as store, store.session() as session:
        assert await session.scalar(text("SELECT count(*) FROM outcomes")) == 1


async def _fail_half_way(store: Store) -> None:
    async with store.session() as session:
        await session.execute(text("CREATE TABLE t (x INTEGER)"))
        await session.execute(text("INSERT INTO nowhere VALUES (1)"))


async def test_a_transaction_that_fails_is_undone(tmp_path: Path) -> None:
    async with open_store(tmp_path / "a.db") as store:
        with pytest.raises(StoreError):
            await _fail_half_way(store)
        async with store.session() as session:
            found = await session.scalar(text("SELECT count(*) FROM sqlite_master WHERE name='t'"))
    assert found == 0


async def test_other_kinds_of_database_are_refused() -> None:
    with pytest.raises(StoreError, match="mysql"):
        async with open_store("mysql://nowhere/x"):
            pass


async def test_a_password_is_in_no_message() -> None:
    with pytest.raises(StoreError) as failed:
        async with open_store("postgresql://me:secret@127.0.0.1:1/x"):
            pass
    assert "secret" not in str(failed.value)


async def _read_twice(store: Store) -> None:
    async with store.session() as session:
        await session.execute(text("SELECT 1"))
        await session.execute(text("SELECT 2"))


@pytest.mark.parametrize("turns", range(4, 40, 3))
async def test_a_task_that_is_cancelled_does_not_leave_the_database_locked(
    tmp_path: Path, turns: int
) -> None:
    async with open_store(tmp_path / "a.db") as store:
        await _read_twice(store)
        reading = asyncio.ensure_future(_read_twice(store))
        for _ in range(turns):
            await asyncio.sleep(0)
        reading.cancel()
        await asyncio.wait([reading])
        await _read_twice(store)
