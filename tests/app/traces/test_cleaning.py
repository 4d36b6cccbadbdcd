"""What has been kept for long enough goes, as a chore of whoever does the jobs."""

from pathlib import Path

from app.jobs.config import JobsConfig
from app.jobs.jobs import Jobs
from app.store import open_store
from app.store.idempotency import Holder, claim
from app.store.pages import Cut
from app.store.traces import WantedTraces, list_traces
from app.traces.cleaning import clean
from app.traces.config import TracesConfig
from tests.app.traces.test_retention import a_trace, filled


async def test_old_searches_and_expired_keys_go(tmp_path: Path) -> None:
    async with open_store(tmp_path / "a.db") as store:
        await filled(store, a_trace("old", 1.0))
        await claim(store, Holder("o", "k", "me"), "asked", now=1, held_until=2, expires=3)
        await clean(Jobs(store, {}, JobsConfig()), config=TracesConfig())
        assert not (await list_traces(store, WantedTraces(None), Cut(1))).rows
        again = await claim(store, Holder("o", "k", "you"), "", now=1, held_until=2, expires=3)
    assert again is None
