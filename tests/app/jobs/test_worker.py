"""Jobs are done, tried again, called off and taken over, and each ends once."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from app.jobs.config import JobsConfig
from app.jobs.jobs import Jobs
from app.jobs.runner import Work
from app.store import Job, JobNotFound
from app.store.jobs import counts
from engines.errors import EngineOverloaded, RequestRefused
from tests.app.jobs.world import QUICK, Do, a_world, at_once, at_work, wanted


async def done(where: Path, do: Do = at_once, config: JobsConfig = QUICK) -> Job:
    """Put one job, and return it once it has ended."""
    async with a_world(where / "a.db", do, config) as world:
        async with at_work(world.worker()):
            await world.jobs.put(wanted("a"))
            await world.doing.until(1)
        assert len(world.doing.ends) == 1
        return await world.jobs.get("a")


def failing(*errors: Exception) -> Do:
    """Fail with one error after the other, and then no more."""
    left = list(errors)

    async def do(work: Work) -> dict[str, Any]:
        if left:
            raise left.pop(0)
        return {"did": "at last"}

    return do


def hanging(begun: asyncio.Event) -> Do:
    async def do(work: Work) -> dict[str, Any]:
        begun.set()
        await asyncio.Event().wait()
        return {}

    return do


async def test_a_job_is_done_and_its_result_kept(tmp_path: Path) -> None:
    job = await done(tmp_path)
    assert (job.state, job.result, job.error) == ("done", {"did": "a"}, None)
    assert (job.attempts, job.restarts) == (1, 0)


async def test_a_failure_that_may_pass_is_tried_again(tmp_path: Path) -> None:
    job = await done(tmp_path, failing(EngineOverloaded("busy"), EngineOverloaded("busy")))
    assert (job.state, job.result, job.attempts) == ("done", {"did": "at last"}, 3)


async def test_a_failure_that_does_not_pass_ends_it_with_the_error(tmp_path: Path) -> None:
    job = await done(tmp_path, failing(*[EngineOverloaded("busy")] * 9))
    assert (job.state, job.attempts) == ("failed", 3)
    assert job.error == {
        "status": 503,
        "error": {
            "message": "busy", "type": "server_error", "param": None, "code": "engine_overloaded",
        },
    }  # fmt: skip


async def test_a_bad_request_fails_at_once(tmp_path: Path) -> None:
    job = await done(tmp_path, failing(RequestRefused("no", param="n")))
    assert job.error
    assert (job.state, job.attempts, job.error["status"]) == ("failed", 1, 400)


async def test_a_bug_fails_its_job_without_its_text(tmp_path: Path) -> None:
    job = await done(tmp_path, failing(KeyError("secret")))
    assert job.state == "failed"
    assert "internal_error" in str(job.error)
    assert "secret" not in str(job.error)


async def test_so_many_are_done_at_once_as_is_set(tmp_path: Path) -> None:
    config = QUICK.model_copy(update={"concurrency": 3})
    hang = hanging(asyncio.Event())
    async with a_world(tmp_path / "a.db", hang, config) as world, at_work(world.worker()):
        await world.jobs.put(*(wanted(f"{i}") for i in range(9)))
        for _ in range(2):
            while len(world.jobs.running) < 3 or world.jobs.wake.is_set():  # noqa: ASYNC110
                await asyncio.sleep(0)
            world.jobs.wake.set()
        async with world.store.session() as session:
            assert await counts(session) == {"queued": 6, "running": 3}


async def test_a_queued_job_that_is_called_off_is_never_begun(tmp_path: Path) -> None:
    async with a_world(tmp_path / "a.db") as world:
        await world.jobs.put(wanted("a"))
        assert (await world.jobs.cancel("a")).state == "cancelled"
        async with at_work(world.worker()):
            await world.jobs.put(wanted("b"))
            await world.doing.until(2)
    assert world.doing.ends == [("a", "cancelled"), ("b", "done")]


async def test_a_running_job_is_called_off_at_once_in_its_own_process(tmp_path: Path) -> None:
    begun, slow = asyncio.Event(), QUICK.model_copy(update={"lease_seconds": 3600})
    async with a_world(tmp_path / "a.db", hanging(begun), slow) as world:
        async with at_work(world.worker()):
            await world.jobs.put(wanted("a"))
            await begun.wait()
            await world.jobs.cancel("a")
            await world.doing.until(1)
        assert world.doing.ends == [("a", "cancelled")]


async def test_a_running_job_is_called_off_from_another_process(tmp_path: Path) -> None:
    begun = asyncio.Event()
    async with a_world(tmp_path / "a.db", hanging(begun)) as world, at_work(world.worker()):
        elsewhere = Jobs(world.store, world.jobs.runners, QUICK, world.clock)
        await world.jobs.put(wanted("a"))
        await begun.wait()
        assert (await elsewhere.cancel("a")).state == "running"
        await world.doing.until(1)
    assert world.doing.ends == [("a", "cancelled")]


async def test_a_job_that_takes_long_to_stop_may_be_called_off_again(tmp_path: Path) -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def do(work: Work) -> dict[str, Any]:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            await go.wait()
        return {}

    async with a_world(tmp_path / "a.db", do) as world, at_work(world.worker()):
        await world.jobs.put(wanted("a"))
        await begun.wait()
        for _ in range(2):
            await world.jobs.cancel("a")
        go.set()
        await world.doing.until(1)
    assert world.doing.ends == [("a", "cancelled")]


async def test_what_has_ended_is_not_called_off(tmp_path: Path) -> None:
    async with a_world(tmp_path / "a.db") as world:
        async with at_work(world.worker()):
            await world.jobs.put(wanted("a"))
            await world.doing.until(1)
        assert (await world.jobs.cancel("a")).state == "done"
        with pytest.raises(JobNotFound):
            await world.jobs.cancel("b")


async def test_a_job_that_runs_too_long_expires(tmp_path: Path) -> None:
    hang = hanging(asyncio.Event())
    async with a_world(tmp_path / "a.db", hang) as world, at_work(world.worker()):
        await world.jobs.put(wanted("a", expires=world.clock.now + 0.05))
        await world.doing.until(1)
    assert world.doing.ends == [("a", "expired")]


async def test_a_job_that_nobody_began_in_time_expires(tmp_path: Path) -> None:
    async with a_world(tmp_path / "a.db") as world:
        await world.jobs.put(wanted("a", expires=world.clock.now + 9))
        world.clock.now += 10
        async with at_work(world.worker()):
            await world.doing.until(1)
    assert world.doing.ends == [("a", "expired")]


async def test_a_server_that_ends_leaves_its_jobs_to_the_next(tmp_path: Path) -> None:
    begun = asyncio.Event()
    async with a_world(tmp_path / "a.db", hanging(begun)) as world:
        async with at_work(world.worker()):
            await world.jobs.put(wanted("a"))
            await begun.wait()
        left = await world.jobs.get("a")
        assert (left.state, left.attempts, left.parked) == ("queued", 0, 1)
        world.doing.do = at_once
        async with at_work(world.worker()):
            await world.doing.until(1)
        assert (await world.jobs.get("a")).restarts == 1


async def test_a_job_whose_holder_is_dead_is_begun_anew(tmp_path: Path) -> None:
    async with a_world(tmp_path / "a.db") as world:
        await world.jobs.put(wanted("a"))
        assert await world.worker()._claim()
        world.clock.now += 1
        async with at_work(world.worker()):
            await world.doing.until(1)
        job = await world.jobs.get("a")
    assert (job.state, job.attempts, job.lost) == ("done", 2, 1)


async def test_a_job_that_ends_its_servers_is_given_up(tmp_path: Path) -> None:
    config = QUICK.model_copy(update={"losses": 2})
    async with a_world(tmp_path / "a.db", config=config) as world:
        await world.jobs.put(wanted("a"))
        for _ in range(3):
            assert await world.worker()._claim()
            world.clock.now += 1
            await world.worker()._chores.take_back()
        job = await world.jobs.get("a")
    assert job.state == "failed"
    assert "ended 3 times" in str(job.error)


async def test_of_two_holders_the_one_that_lost_the_lease_ends_nothing(tmp_path: Path) -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def do(work: Work) -> dict[str, Any]:
        begun.set()
        await go.wait()
        return {"attempt": work.job.attempts}

    config = QUICK.model_copy(update={"lease_seconds": 3600})
    async with a_world(tmp_path / "a.db", do, config) as world:
        second = Jobs(world.store, world.jobs.runners, config, world.clock)
        async with at_work(world.worker()), at_work(world.worker(second)):
            await world.jobs.put(wanted("a"))
            await begun.wait()
            world.clock.now += 3601
            async with asyncio.timeout(20):
                while (await world.jobs.get("a")).attempts < 2:  # noqa: ASYNC110
                    await asyncio.sleep(0)
            go.set()
            await world.doing.until(1)
        assert (await world.jobs.get("a")).result == {"attempt": 2}
    assert world.doing.ends == [("a", "done")]


async def test_progress_is_written_with_the_signs_of_life(tmp_path: Path) -> None:
    async def do(work: Work) -> dict[str, Any]:
        work.say({"half": True})
        await asyncio.Event().wait()
        return {}

    async with a_world(tmp_path / "a.db", do) as world, at_work(world.worker()):
        await world.jobs.put(wanted("a"))
        async with asyncio.timeout(20):
            while (await world.jobs.get("a")).progress != {"half": True}:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_what_is_put_with_a_job_is_kept_only_with_it(tmp_path: Path) -> None:
    async def fail(session: object) -> None:
        raise RequestRefused("no")

    async with a_world(tmp_path / "a.db") as world:
        with pytest.raises(RequestRefused):
            await world.jobs.put(wanted("a"), also=fail)
        with pytest.raises(JobNotFound):
            await world.jobs.get("a")


async def test_an_end_that_cannot_be_written_down_whole_is_not_written_at_all(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path / "a.db") as world:
        await world.jobs.put(wanted("a"))

        async def ended(job: Job, session: object) -> None:
            raise RequestRefused("no")

        world.doing.ended = ended  # type: ignore[method-assign]
        with pytest.raises(RequestRefused):
            await world.jobs.cancel("a")
        assert (await world.jobs.get("a")).state == "queued"
