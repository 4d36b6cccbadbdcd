"""Searches that wait for their turn, through the app."""

import asyncio
from pathlib import Path

import pytest

from engines.fake import FakeEngine
from tests.app.keys.test_limits import begun, hanging
from tests.app.keys.world import World, a_world, code
from tests.search.world import a_or_b

FULL = {"units": 4, "queue": 1}
FOUR = {"strategy": {"kind": "best_of_n", "n": 4}}


async def waiting(world: World, n: int) -> None:
    while world.service.gate.admission.waiting != n:  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0)


@pytest.mark.parametrize("stream", [True, False])
async def test_a_full_queue_says_to_come_again(tmp_path: Path, stream: bool) -> None:
    engine = hanging()
    async with a_world(tmp_path, engine, keys="off", admission=FULL) as world:
        async with asyncio.TaskGroup() as group:
            asking = [group.create_task(world.ask(search=FOUR)) for _ in range(2)]
            await waiting(world, 1)
            refused = await world.ask(search=FOUR, stream=stream)
            for one in asking:
                one.cancel()
        told = (await world.get("/metrics")).text
    assert code(refused) == (429, "queue_full")
    assert (refused.headers["retry-after"], refused.headers["x-should-retry"]) == ("1", "true")
    assert 'fathom_refusals_total{code="queue_full"} 1.0' in told
    assert "fathom_searches_waiting 0.0" in told


async def test_who_hangs_up_leaves_the_queue(tmp_path: Path) -> None:
    engine = hanging()
    opened = a_world(tmp_path, engine, keys="off", admission=FULL)
    async with opened as world, asyncio.TaskGroup() as group:
        first = group.create_task(world.ask(search=FOUR))
        await begun(engine)
        second = group.create_task(world.ask(search=FOUR))
        await waiting(world, 1)
        assert "fathom_searches_waiting 1.0" in (await world.get("/metrics")).text
        second.cancel()
        await waiting(world, 0)
        first.cancel()
    assert len(engine.seen) == 1


async def test_a_search_that_waited_is_answered_when_there_is_room(tmp_path: Path) -> None:
    gone = asyncio.Event()

    class Slow(FakeEngine):
        async def generate(self, request, listen=None):
            await gone.wait()
            return await super().generate(request, listen)

    async with a_world(tmp_path, Slow(a_or_b), keys="off", admission=FULL) as world:
        async with asyncio.TaskGroup() as group:
            asking = [group.create_task(world.ask(search=FOUR)) for _ in range(2)]
            await waiting(world, 1)
            gone.set()
        assert "fathom_wait_seconds_count 2.0" in (await world.get("/metrics")).text
    assert [one.result().status_code for one in asking] == [200, 200]


async def test_a_failed_search_gives_its_room_back(tmp_path: Path) -> None:
    def fail(request, i):
        raise ValueError

    async with a_world(tmp_path, FakeEngine(fail), keys="off", admission=FULL) as world:
        for _ in range(3):
            assert (await world.ask(search=FOUR)).status_code == 500
        assert world.service.gate.admission.waiting == 0
