"""The database: opened once, asked in transactions. Knows no table, but SQLite and Postgres."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from app.store.errors import StoreError
from app.store.schema import check, upgrade, version_of

_PATIENCE_SECONDS = 2.0
"""An answer waits for its row to be written, but not for long."""
_CONNECTIONS = 8
"""To Postgres. SQLite has one writer at a time, and lets others wait by sleeping."""


class Store:
    """An open database.

    Attributes:
        name: what people know it by; without a password.
        shared: whether other processes, on other machines, may use it at the same time.
    """

    def __init__(self, engine: AsyncEngine, name: str, *, shared: bool) -> None:
        self._engine, self.name, self.shared = engine, name, shared
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction, which is kept if the block ends well, and else undone.

        On SQLite transactions that write wait for each other from their beginning.

        Raises:
            StoreError: the database failed.
        """
        try:
            async with self._sessions.begin() as session:
                yield session
        except (SQLAlchemyError, OSError) as error:
            raise self._failed(error) from error

    async def version(self) -> str | None:
        """Return the version that the tables are at; `None` if there are none.

        Raises:
            StoreError: the database failed.
        """
        try:
            async with self._engine.connect() as connection:
                return await connection.run_sync(version_of)
        except (SQLAlchemyError, OSError) as error:
            raise self._failed(error) from error

    async def prepare(self, *, upgrading: bool) -> None:
        """Bring the tables up to date, or see that they are.

        Raises:
            StoreError: the database failed, or its tables are of another version.
        """
        try:
            async with self._engine.begin() as connection:
                await connection.run_sync(upgrade if upgrading else check)
        except (SQLAlchemyError, OSError) as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> StoreError:
        # Without the statement, whose values are of requests.
        return StoreError(f"{self.name} cannot be used: {getattr(error, 'orig', None) or error}")


@asynccontextmanager
async def open_store(where: Path | str, *, upgrading: bool = False) -> AsyncIterator[Store]:
    """Open a database: a file of SQLite's, made if it is not there, or `postgresql://...`.

    Args:
        where: the file, or the address.
        upgrading: whether to bring the tables of a shared database up to date. Those of a file
            always are: there is nobody else to do it.

    Raises:
        StoreError: it cannot be used.
    """
    async with _reached(where) as store:
        await store.prepare(upgrading=upgrading or not store.shared)
        yield store


async def version_at(where: Path | str) -> str | None:
    """Return the version of a database's tables, and leave them so; `None` if there are none.

    Raises:
        StoreError: it cannot be used.
    """
    if _missing(where):
        return None
    async with _reached(where) as store:
        return await store.version()


@asynccontextmanager
async def _reached(where: Path | str) -> AsyncIterator[Store]:
    """Give the database with its tables as they are."""
    url = _url(where)
    shared = not url.drivername.startswith("sqlite")
    try:
        engine = create_async_engine(url, **(_shared() if shared else _file()))
    except ModuleNotFoundError as error:
        raise StoreError(
            f"{url.render_as_string()} needs the driver {error.name}: install the extra `postgres`"
        ) from error
    if not shared:
        event.listen(engine.sync_engine, "connect", _set_up)
        event.listen(engine.sync_engine, "begin", _begin)
        event.listen(engine.sync_engine, "invalidate", _undo)
    store = Store(engine, url.render_as_string() if shared else str(url.database), shared=shared)
    try:
        yield store
    finally:
        await engine.dispose()


def _missing(where: Path | str) -> bool:
    return "://" not in str(where) and not Path(where).exists()


def _url(where: Path | str) -> URL:
    """Return the address, with the driver that speaks to it.

    Raises:
        StoreError: it is one of another kind of database.
    """
    text = str(where)
    if "://" not in text:
        _check(Path(text))
        return URL.create("sqlite+aiosqlite", database=text)
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise StoreError("`database` is no address of a database") from error
    if url.get_backend_name() != "postgresql":
        raise StoreError(
            f"`database` is of the kind {url.get_backend_name()}; there are files, and postgresql://"
        )
    return url.set(drivername="postgresql+asyncpg")


def _file() -> dict[str, Any]:
    return {
        "connect_args": {"timeout": _PATIENCE_SECONDS},
        "pool_size": 1,
        "max_overflow": 0,
        "pool_timeout": 5 * _PATIENCE_SECONDS,
    }


def _shared() -> dict[str, Any]:
    # A connection that the server has closed meanwhile is replaced before it is used.
    return {"pool_size": _CONNECTIONS, "max_overflow": 0, "pool_pre_ping": True}


def _check(path: Path) -> None:
    # Before aiosqlite's thread is there, which would outlive the loop it was started by.
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA schema_version")
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be used: {error}") from error


def _set_up(connection: AsyncAdapt_aiosqlite_connection, _: object) -> None:
    """Let others read while it is written; a crash of the machine may lose the last rows."""
    # Transactions are begun by us, below: sqlite3 would begin them at the first write.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _undo(connection: AsyncAdapt_aiosqlite_connection, _: object, __: object) -> None:
    """Undo what a cancelled task was at; closing alone leaves it to the garbage collector."""
    connection.rollback()


def _begin(connection: Connection) -> None:
    """Take the right to write at once: one that is asked for later can be refused at once."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
