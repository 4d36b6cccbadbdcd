"""Jobs that cannot begin yet are put off, uncounted, and their owners' others left alone."""

import asyncio
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.jobs.patience import Patience
from app.jobs.runner import Work
from app.keys.errors import QueueFull, QuotaSpent, RateLimited
from app.store import Job
from tests.app.jobs.world import QUICK, World, a_world, at_work, wanted

ONE = QUICK.model_copy(update={"concurrency": 1, "attempts": 1, "lease_seconds": 1e6})
MIDNIGHT = 1e9 - 1e9 % 86_400 + 86_400
"""The next one, by the worlds' clock."""


class Once:
    """Does jobs, but for the first time that an owner's is to begin; notes which it was asked."""

    def __init__(self, error: Exception, owner: str = "busy") -> None:
        self.error, self.owner, self.asked = error, owner, list[str]()

    async def __call__(self, work: Work) -> dict[str, Any]:
        self.asked.append(work.job.id)
        if work.job.owner == self.owner and self.asked.count(work.job.id) == 1:
            raise self.error
        return {}


async def begun(world: World, *names: str, owner: str = "busy", **fields: Any) -> Job:
    """Put jobs, and one of somebody else's behind them; return the first once that has ended."""
    await world.jobs.put(*(wanted(name, owner=owner, **fields) for name in names))
    await world.jobs.put(wanted("other", owner="other", priority=9))
    async with at_work(world.worker()):
        await world.doing.until(1)
    return await world.jobs.get(names[0])


async def test_a_job_that_has_to_wait_is_put_off_and_no_attempt_counted(tmp_path: Path) -> None:
    async with a_world(tmp_path / "a.db", Once(RateLimited("not now", 7)), ONE) as world:
        job = await begun(world, "a")
        assert (job.state, job.attempts, job.restarts) == ("queued", 0, 0)
        assert job.not_before == world.clock.now + 7
        world.clock.now += 7
        async with at_work(world.worker()):
            await world.doing.until(2)
        done = await world.jobs.get("a")
    assert (done.state, done.attempts, done.restarts) == ("done", 1, 0)


async def test_the_other_jobs_of_who_has_to_wait_are_not_even_claimed(tmp_path: Path) -> None:
    do = Once(RateLimited("not now", 7))
    async with a_world(tmp_path / "a.db", do, ONE) as world:
        await begun(world, *"abcdefgh")
    assert do.asked == ["a", "other"]


async def test_when_one_of_theirs_ends_the_next_is_claimed_at_once(tmp_path: Path) -> None:
    may_end = asyncio.Event()

    async def do(work: Work) -> dict[str, Any]:
        if work.job.id == "first":
            await may_end.wait()
        if work.job.id == "second":
            may_end.set()
            raise QueueFull("not now", 7)
        return {}

    two = ONE.model_copy(update={"concurrency": 2})
    async with a_world(tmp_path / "a.db", do, two) as world:
        await world.jobs.put(*map(wanted, ("first", "second", "third")))
        async with at_work(world.worker()):
            await world.doing.until(2)
    assert world.doing.ends == [("first", "done"), ("third", "done")]


async def test_nothing_is_put_off_beyond_its_end(tmp_path: Path) -> None:
    async with a_world(tmp_path / "a.db", Once(RateLimited("not now", 50)), ONE) as world:
        job = await begun(world, "a", expires=world.clock.now + 20)
        assert job.not_before == job.expires
        world.clock.now += 20
        async with at_work(world.worker()):
            await world.doing.until(2)
        assert (await world.jobs.get("a")).state == "expired"


async def test_a_quota_that_is_spent_puts_a_job_off_to_the_next_day(tmp_path: Path) -> None:
    async with a_world(tmp_path / "a.db", Once(QuotaSpent("tokens", 5)), ONE) as world:
        job = await begun(world, "a", expires=MIDNIGHT + 1)
    assert (job.state, job.not_before, job.attempts) == ("queued", MIDNIGHT, 0)


async def test_a_quota_that_is_spent_until_after_a_jobs_end_fails_it(tmp_path: Path) -> None:
    async with a_world(tmp_path / "a.db", Once(QuotaSpent("tokens", 5)), ONE) as world:
        job = await begun(world, "a", expires=MIDNIGHT)
    assert job.state == "failed"
    assert job.error
    assert job.error["error"]["code"] == "insufficient_quota"  # type: ignore[index,call-overload]


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_who_has_to_wait_does_so_for_a_minute_at_most(seconds: float, later: float) -> None:
    patience = Patience()
    patience.wait("a", 0, seconds)
    assert patience.waiting(later) == (["a"] if later < min(seconds, 60) else [])
    patience.wait("a", 0, 60)
    patience.end("a")
    assert patience.waiting(0) == []
