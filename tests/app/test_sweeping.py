"""While a service runs, what has been kept for long enough goes."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from app.settings import Settings
from app.store import open_store
from app.store.idempotency import Holder, claim
from app.store.pages import Cut
from app.store.traces import WantedTraces, list_traces
from app.sweeping import keep_sweeping
from engines.tasks import Beside
from tests.app.traces.test_retention import a_trace, filled


async def test_old_searches_and_expired_keys_go(tmp_path: Path) -> None:
    async with open_store(tmp_path / "a.db") as store:
        await filled(store, a_trace("old", 1.0))
        await claim(store, Holder("o", "k", "me"), "asked", now=1, held_until=2, expires=3)
        async with asyncio.timeout(10), Beside(lambda: keep_sweeping(store, Settings())):
            while (await list_traces(store, WantedTraces(None), Cut(1))).rows:
                pass
            while await claim(store, Holder("o", "k", "you"), "", now=1, held_until=2, expires=3):
                pass


async def test_a_database_that_fails_is_logged_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.sweeping._SECONDS", 0.0)
    path, asked = tmp_path / "a.db", text("SELECT count(*) FROM outcomes")
    async with open_store(path) as store:
        with closing(sqlite3.connect(path)) as other:
            other.execute("DROP TABLE traces")
        with capture_logs() as logs:
            async with asyncio.timeout(10), Beside(lambda: keep_sweeping(store, Settings())):
                while len(logs) < 2:
                    async with store.session() as session:
                        await session.execute(asked)
    assert {log["event"] for log in logs} == {"nothing deleted"}
