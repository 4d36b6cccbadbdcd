"""Keys are claimed by one at a time, on either database."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from app.idempotency.config import IdempotencyConfig
from app.idempotency.middleware import Run
from app.store import Claim, Store, open_store
from app.store.idempotency import Answer, Holder, claim, expire, hold, release, settle
from engines.tasks import Beside


@pytest.fixture(params=["sqlite", "postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    where = tmp_path / "a.db"
    if request.param == "postgres":
        where = request.getfixturevalue("postgres_address")
    async with open_store(where, upgrading=True) as store:
        await expire(store, 1e12)
        yield store


async def claimed(store: Store, holder: str, now: float = 100.0) -> Claim | None:
    return await claim(store, Holder("o", "k", holder), "asked", now=now, held_until=now + 60,
                       expires=now + 1000)  # fmt: skip


async def test_of_many_who_claim_a_key_one_gets_it(store: Store) -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(claimed(store, f"{i}")) for i in range(12)]
    others = [other for other in (task.result() for task in tasks) if other is not None]
    assert len(others) == 11
    assert len({other.holder for other in others}) == 1


async def test_the_key_of_a_holder_who_died_is_taken_over(store: Store) -> None:
    assert await claimed(store, "dead", 100) is None
    assert await claimed(store, "early", 159) is not None
    await hold(store, Holder("o", "k", "dead"), 200)
    assert await claimed(store, "still early", 161) is not None
    assert await claimed(store, "next", 201) is None
    await settle(store, Holder("o", "k", "dead"), Answer(200, {}, b"late"))
    await release(store, Holder("o", "k", "dead"))
    found = await claimed(store, "third", 202)
    assert found
    assert (found.holder, found.status) == ("next", None)


async def test_a_run_that_goes_on_holds_its_key(store: Store, monkeypatch) -> None:
    monkeypatch.setattr("app.idempotency.middleware._LEASE_SECONDS", 0.01)
    assert await claimed(store, "me", 100) is None
    run, held = Run(store, IdempotencyConfig(), Holder("o", "k", "me")), 160.0
    async with asyncio.timeout(10), Beside(run.keep_held):
        while held == 160:
            async with store.session() as session:
                held = await session.scalar(select(Claim.held_until))
    assert held > time.time() - 10


async def test_an_answer_is_kept_until_its_key_expires(store: Store) -> None:
    mine = Holder("o", "k", "me")
    assert await claimed(store, "me", 100) is None
    await settle(store, mine, Answer(200, {"content-type": "text/plain"}, b"\0said"))
    await release(store, mine)
    found = await claimed(store, "later", 1000)
    assert found
    assert (found.status, found.headers, found.content) == (
        200, {"content-type": "text/plain"}, b"\0said")  # fmt: skip
    assert await claimed(store, "much later", 1101) is None
    assert (await expire(store, 2000), await expire(store, 3000)) == (0, 1)


async def test_a_key_given_back_is_free(store: Store) -> None:
    assert await claimed(store, "me") is None
    await release(store, Holder("o", "k", "other"))
    assert await claimed(store, "early") is not None
    await release(store, Holder("o", "k", "me"))
    assert await claimed(store, "next") is None
