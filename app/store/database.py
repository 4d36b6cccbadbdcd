"""The database: opened once, asked in transactions. Knows SQLite's ways, and no table."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from sqlalchemy import URL, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from app.store.errors import StoreError
from app.store.tables import Table

_PATIENCE_SECONDS = 2.0
"""An answer waits for its row to be written, but not for long."""


class Store:
    """An open database."""

    def __init__(self, engine: AsyncEngine, name: str) -> None:
        self._engine, self._name = engine, name
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction, which is kept if the block ends well, and else undone.

        Raises:
            StoreError: the database failed.
        """
        try:
            async with self._sessions.begin() as session:
                yield session
        except SQLAlchemyError as error:
            raise self._failed(error) from error

    async def create(self) -> None:
        """Create the tables that are not there.

        Raises:
            StoreError: the database failed.
        """
        try:
            async with self._engine.begin() as connection:
                await connection.run_sync(Table.metadata.create_all)
        except SQLAlchemyError as error:
            raise self._failed(error) from error

    def _failed(self, error: SQLAlchemyError) -> StoreError:
        # Without the statement, whose values are of requests.
        return StoreError(f"{self._name} cannot be used: {getattr(error, 'orig', None) or error}")


@asynccontextmanager
async def open_store(path: Path) -> AsyncIterator[Store]:
    """Open a file of SQLite's, made if it is not there.

    Raises:
        StoreError: it cannot be used.
    """
    _check(path)
    # One connection: SQLite has one writer at a time, and lets others wait by sleeping.
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)),
        connect_args={"timeout": _PATIENCE_SECONDS},
        pool_size=1,
        max_overflow=0,
        pool_timeout=_PATIENCE_SECONDS,
    )
    event.listen(engine.sync_engine, "connect", _set_up)
    store = Store(engine, str(path))
    try:
        await store.create()
        yield store
    finally:
        await engine.dispose()


def _check(path: Path) -> None:
    # Before aiosqlite's thread is there, which would outlive the loop it was started by.
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA schema_version")
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be used: {error}") from error


def _set_up(connection: DBAPIConnection, _: object) -> None:
    """Let others read while it is written; a crash of the machine may lose the last rows."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()
