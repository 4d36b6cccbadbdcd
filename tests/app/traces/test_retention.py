"""What has been kept for long enough is deleted, the oldest first."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.store import KeptTrace, Store, open_store
from app.store.keeping import keep
from app.store.retention import trim
from app.store.traces_table import TraceWords
from app.traces.config import TracesConfig
from app.traces.retention import sweep
from tests.app.traces.world import CHAT, TRACES, got, keeping, kept


@pytest.fixture(params=["sqlite", "postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    where = tmp_path / "a.db"
    if request.param == "postgres":
        where = request.getfixturevalue("postgres_address")
    async with open_store(where, upgrading=True) as store:
        await trim(store, KeptTrace, since=1e12, most_bytes=0)
        yield store


def a_trace(name: str, created: float, size: int = 10) -> tuple[KeptTrace, TraceWords]:
    row = KeptTrace(
        id=name, owner="o", created=created, model="m", strategy="sample", score=None,
        stop="finished", generated=1, discarded=0, verifier=0, seconds=0.1, flops=1e15,
        question="?", size=size, whole=True,
    )  # fmt: skip
    return row, TraceWords(trace=name, recorded=b"\0", told=b"\1")


async def filled(store: Store, *traces: tuple[KeptTrace, TraceWords]) -> None:
    await keep(store, [row for row, _ in traces], [words for _, words in traces])


async def left(store: Store) -> list[str]:
    async def ids(session: AsyncSession, of) -> list[str]:
        return list(await session.scalars(select(of).order_by(of)))

    async with store.session() as session:
        rows = await ids(session, KeptTrace.id)
        assert await ids(session, TraceWords.trace) == rows
    return rows


async def test_the_oldest_go_first_where_there_is_too_much(store: Store) -> None:
    await filled(store, *(a_trace(f"t{i}", 100 + i // 2) for i in range(6)))
    assert await trim(store, KeptTrace, since=0, most_bytes=35) == 3
    assert await left(store) == ["t3", "t4", "t5"]


async def test_what_is_too_old_goes(store: Store) -> None:
    await filled(store, *(a_trace(f"t{i}", 100 + i) for i in range(3)))
    assert await trim(store, KeptTrace, since=102, most_bytes=1000) == 2
    assert await left(store) == ["t2"]


async def test_a_sweep_is_by_the_days_and_megabytes_that_are_set(tmp_path: Path) -> None:
    async with open_store(tmp_path / "a.db") as store:
        now = time.time()
        await filled(store, a_trace("old", now - 90_000), a_trace("big", now - 1, 900_000),
                     a_trace("new", now, 200_000))  # fmt: skip
        assert await sweep(store, TracesConfig(days=1, megabytes=2)) == 1
        assert await left(store) == ["big", "new"]
        assert await sweep(store, TracesConfig(days=1, megabytes=1)) == 1
        assert await left(store) == ["new"]


async def test_completions_are_swept_as_searches_are(tmp_path: Path) -> None:
    async with keeping(tmp_path / "a.db") as client:
        await kept(client, store=True, metadata={"a": "b"})
        async with open_store(tmp_path / "a.db") as store:
            assert await sweep(store, TracesConfig(days=1e-9)) == 2
            async with store.session() as session:
                labels = await session.scalar(text("SELECT count(*) FROM completion_metadata"))
        assert labels == 0
        assert [(await got(client, path))["data"] for path in (TRACES, CHAT)] == [[], []]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=8), st.integers(0, 40))
async def test_the_newest_that_fit_stay(tmp_path: Path, sizes: list[int], most: int) -> None:
    async with open_store(tmp_path / "a.db") as store:
        await trim(store, KeptTrace, since=1e12, most_bytes=0)
        await filled(store, *(a_trace(f"t{i}", i, size) for i, size in enumerate(sizes)))
        await trim(store, KeptTrace, since=0, most_bytes=most)
        stay = [i for i in range(len(sizes)) if sum(sizes[i:]) <= most]
        assert await left(store) == sorted(f"t{i}" for i in stay)


async def test_on_postgres_a_search_is_kept_and_found(postgres_address: str) -> None:
    async with keeping(postgres_address) as client:
        body = await kept(client, store=True, metadata={"it's": '"odd"]'})
        assert (await got(client, f"{TRACES}/{body['id']}"))["search"]["score"] is not None
        found = await got(client, CHAT, **{"metadata[it's]": '"odd"]'})
        assert [one["id"] for one in found["data"]] == [body["id"]]
        page = await got(client, TRACES, after=body["id"])
        assert (page["data"], page["has_more"]) == ([], False)
