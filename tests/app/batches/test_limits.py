"""Batches of keys: what holds for a key holds for the lines of its batches."""

from pathlib import Path
from typing import Any

from app.store.keys import revoke_key
from engines.base import Request
from engines.fake import FakeEngine
from tests.app.batches.world import a_world, echo, line
from tests.app.jobs.world import Clock

BY_HAND = {"lease_seconds": 1e6, "poll_seconds": 0.01}
"""For clocks that jump, and must not find that anybody was heard of no more."""
LINES = [line(f"{i}") for i in range(5)]


def of_line(batch: Any, place: int) -> str:
    """Return the id of the job of a batch's line."""
    return f"batch_req_{batch['id'].removeprefix('batch_')}_{place}"


async def test_a_batch_keeps_to_its_keys_requests_a_minute(tmp_path: Path) -> None:
    clock, times = Clock(), list[float]()

    def took(request: Request) -> float:
        times.append(clock.now)
        return 0.0

    engine, limits = FakeEngine(echo, latency=took), {"concurrent_searches": 1}
    async with a_world(tmp_path, engine, BY_HAND, clock, keys="required") as world:
        await world.new_key(**limits, requests_per_minute=2)
        batch = await world.batch(*LINES)
        while batch["status"] != "completed":
            clock.now += 1
            batch = await world.get(f"/v1/batches/{batch['id']}")
    assert batch["request_counts"] == {"total": 5, "completed": 5, "failed": 0}
    # The file and the batch were two requests themselves.
    begun = [1e9, 1e9, *times]
    assert all(b - a >= 59 for a, b in zip(begun, begun[2:], strict=False))


async def test_no_more_lines_of_a_key_are_searched_for_at_a_time_than_may(tmp_path: Path) -> None:
    seen = list[int]()

    def took(request: Request) -> float:
        seen.append(sum(world.service.gate.searching.values()))
        return 0.01

    engine = FakeEngine(echo, latency=took)
    async with a_world(tmp_path, engine, {"concurrency": 4}, keys="required") as world:
        await world.new_key(concurrent_searches=1)
        batch = await world.until(await world.batch(*LINES), "completed")
        answers = await world.lines(batch["output_file_id"])
    assert seen == [1] * 5
    assert all(a["response"]["body"]["search"]["degradations"] == [] for a in answers)


async def test_a_key_that_was_revoked_meanwhile_fails_what_is_left(tmp_path: Path) -> None:
    async with a_world(tmp_path, jobs={"concurrency": 0}, keys="required") as world:
        revoked = (await world.new_key()).key.id
        put = await world.batch(*LINES)
        assert world.service.store
        await revoke_key(world.service.store, revoked, 1.0)
    async with a_world(tmp_path, keys="required") as world:
        job = await world.job(of_line(put, 0))
    assert job.state == "failed"
    assert job.error
    assert (job.error["status"], job.error["error"]["code"]) == (401, "invalid_api_key")  # type: ignore[index,call-overload]


async def test_what_a_key_may_not_spend_its_batch_may_not_either(tmp_path: Path) -> None:
    async with a_world(tmp_path, keys="required") as world:
        await world.new_key(budget={"tokens": 10})
        more = line("a", search={"budget": {"tokens": 11}})
        batch = await world.until(await world.batch(more), "completed")
        [wrong] = await world.lines(batch["error_file_id"])
    assert wrong["response"]["body"]["error"]["code"] == "budget_above_key"


async def test_what_a_key_has_no_quota_for_waits_for_the_next_day(tmp_path: Path) -> None:
    clock = Clock()
    async with a_world(tmp_path, None, BY_HAND | {"concurrency": 1}, clock, keys="required") as w:
        await w.new_key(daily_tokens=1)
        put = await w.batch(*LINES)
        await w.job(of_line(put, 0))
        job = await w.job(of_line(put, 1), lambda job: job.not_before > 0)
    assert (job.state, job.attempts) == ("queued", 0)
    assert job.not_before % 86_400 == 0
    assert 0 < job.not_before - clock.now <= 86_400
