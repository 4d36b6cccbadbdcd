"""Jobs are done with what is set when they begin."""

from dataclasses import replace
from pathlib import Path

from tests.app.batches.world import World, a_world, line
from tests.app.client import a_service


async def careful(world: World) -> tuple[int, int]:
    """Return how many lines to an alias were answered, and how many were refused."""
    batch = await world.batch(line("a", model="fake:careful", reasoning_effort=None))
    counts = (await world.until(batch, "completed"))["request_counts"]
    return counts["completed"], counts["failed"]


async def test_jobs_are_done_with_settings_that_were_read_again(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        assert await careful(world) == (0, 1)
        aliases = {"careful": {"strategy": {"kind": "best_of_n", "n": 3}}}
        told = a_service(aliases=aliases, jobs=world.service.settings.jobs).settings
        world.opening.swap(replace(world.opening.service, settings=told))
        assert await careful(world) == (1, 0)


async def test_jobs_go_on_while_the_server_takes_no_more_requests(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        put = await world.batch(line("a"))
        world.opening.drain()
        assert (await world.job(f"{put['id']}.finish")).state == "done"
        line_job = await world.job(f"batch_req_{put['id'].removeprefix('batch_')}_0")
    assert line_job.state == "done"
