"""Which job is next, on SQLite and on Postgres."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from secrets import token_hex

import pytest
from sqlalchemy import select

from app.jobs.jobs import Wanted
from app.store import Job, LeaseLost
from app.store.jobs import (
    abandoned,
    cancel_group,
    claim,
    end,
    forget,
    held,
    members,
    overdue,
    park,
    unended,
)
from tests.app.jobs.world import World, a_world


class Queue:
    """A queue of jobs of a kind that no other test has: the database may be others' too."""

    def __init__(self, world: World) -> None:
        self.kind, self.world, self.session = token_hex(4), world, world.store.session

    async def put(self, *names: str, **fields) -> None:
        """Put jobs; a name's first letter is its owner."""
        named = (f"{self.kind}.{name}" for name in names)
        jobs = (Wanted(self.kind, {}, id=one, owner=one[9], **fields) for one in named)
        await self.world.jobs.put(*jobs)

    async def next(self, per_owner: int | None = None) -> str | None:
        """Claim the next, and return its name."""
        now = self.world.clock.now
        async with self.session() as session:
            job = await claim(session, [self.kind], now, holder=token_hex(16),
                              lease_until=now + 9, per_owner=per_owner)  # fmt: skip
        return job and job.id[9:]

    async def all(self, per_owner: int | None = None) -> str:
        """Claim all that can be."""
        names = []
        while (name := await self.next(per_owner)) is not None:
            names.append(name)
        return " ".join(names)


@pytest.fixture
async def queue(where: str) -> AsyncIterator[Queue]:
    async with a_world(where) as world:
        yield Queue(world)


def several(owner: str, numbers: Iterable[int]) -> list[str]:
    return [f"{owner}{i}" for i in numbers]


async def test_jobs_of_one_owner_go_in_the_order_they_were_put(queue: Queue) -> None:
    await queue.put("a1", "a2")
    await queue.put("a3")
    assert await queue.all() == "a1 a2 a3"


async def test_owners_take_turns_whoever_came_first(queue: Queue) -> None:
    await queue.put(*several("a", range(5)))
    await queue.put(*several("b", range(2)))
    assert await queue.all() == "a0 b0 a1 b1 a2 a3 a4"


async def test_who_comes_late_is_not_behind_what_has_been_served(queue: Queue) -> None:
    await queue.put(*several("a", range(9)))
    for _ in range(6):
        await queue.next()
    await queue.put("b0", "b1")
    await queue.put("c0")
    assert await queue.all() == "a6 b0 c0 a7 b1 a8"


async def test_what_is_more_urgent_goes_first_whoever_asks(queue: Queue) -> None:
    await queue.put("a0", "a1", priority=10)
    await queue.put("b0", priority=0)
    assert await queue.all() == "b0 a0 a1"


async def test_an_owner_has_only_so_many_at_once(queue: Queue) -> None:
    await queue.put(*several("d", range(4)), "e0")
    assert await queue.all(per_owner=2) == "d0 e0 d1"


async def test_an_owner_has_only_so_many_however_many_ask_at_once(queue: Queue) -> None:
    await queue.put(*several("f", range(8)))
    asked = [queue.next(per_owner=3) for _ in range(8)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one) for one in asked]
    assert len([task for task in tasks if task.result()]) == 3


async def test_no_job_is_claimed_twice_however_many_ask_at_once(queue: Queue) -> None:
    await queue.put(*several("a", range(12)))
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(queue.all()) for _ in range(6)]
    claimed = [name for task in tasks for name in task.result().split()]
    assert sorted(claimed) == sorted(several("a", range(12)))


async def test_one_that_is_there_already_is_left_as_it_is(queue: Queue) -> None:
    await queue.put("a0")
    assert await queue.next() == "a0"
    await queue.put("a0", "a1")
    assert await queue.all() == "a1"


async def test_only_the_holder_has_a_word(queue: Queue) -> None:
    await queue.put("a0")
    await queue.next()
    for holder in ("nobody", ""):
        async with queue.session() as session:
            with pytest.raises(LeaseLost):
                await held(session, f"{queue.kind}.a0", holder)


async def test_what_is_parked_is_next_again(queue: Queue) -> None:
    await queue.put("a0", "a1")
    await queue.next()
    queue.world.clock.now += 10
    async with queue.session() as session:
        [job] = await abandoned(session, [queue.kind], queue.world.clock.now)
        park(job)
    assert await queue.all() == "a0 a1"


async def test_what_is_overdue_is_not_begun(queue: Queue) -> None:
    await queue.put("a0", expires=queue.world.clock.now + 1)
    queue.world.clock.now += 2
    assert await queue.next() is None
    async with queue.session() as session:
        assert len(await overdue(session, [queue.kind], queue.world.clock.now)) == 1


async def test_a_group_is_called_off_together(queue: Queue) -> None:
    await queue.put("a0", "a1", "a2", group=queue.kind)
    await queue.next()
    async with queue.session() as session:
        assert await cancel_group(session, queue.kind, queue.world.clock.now) == 2
    async with queue.session() as session:
        assert await unended(session, queue.kind) == 1
        states = [(job.state, job.cancelling) for job in await members(session, queue.kind, -1, 9)]
    assert sorted(states) == [("cancelled", False), ("cancelled", False), ("running", True)]


async def test_what_ended_long_ago_is_forgotten(queue: Queue) -> None:
    await queue.put("a0", "a1", "a2")
    async with queue.session() as session:
        for name, ended in (("a0", 5.0), ("a1", 50.0)):
            end(await session.get_one(Job, f"{queue.kind}.{name}"), "done", ended)
    async with queue.session() as session:
        assert await forget(session, 10.0) >= 1
    async with queue.session() as session:
        left = await session.scalars(select(Job.id).where(Job.kind == queue.kind))
        assert sorted(one[9:] for one in left) == ["a1", "a2"]
