import asyncio
from contextlib import AsyncExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.room import Room, Space

spaces = st.builds(Space, st.integers(1, 4), st.integers(1, 100))


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def take(room: Room, space: Space, log: list[str], name: str, leave: asyncio.Event) -> None:
    async with room.hold(space):
        log.append(name)
        await leave.wait()


async def test_what_fits_enters_at_once():
    room = Room(Space(4, 100))
    async with room.hold(Space(2, 50)), room.hold(Space(2, 50)):
        pass


@pytest.mark.parametrize("full", [Space(4, 1), Space(1, 100)])
async def test_what_does_not_fit_waits_until_another_leaves(full: Space):
    room, leave, log = Room(Space(4, 100)), asyncio.Event(), []
    async with asyncio.TaskGroup() as group:
        group.create_task(take(room, full, log, "first", leave))
        group.create_task(take(room, full, log, "second", leave))
        await settle()
        assert log == ["first"]
        leave.set()
    assert log == ["first", "second"]


async def test_a_small_request_does_not_overtake_a_large_one():
    room, leave, log = Room(Space(4, 100)), asyncio.Event(), []
    async with asyncio.TaskGroup() as group:
        for name, space in (
            ("first", Space(2, 60)),
            ("large", Space(3, 60)),
            ("small", Space(1, 1)),
        ):
            group.create_task(take(room, space, log, name, leave))
        await settle()
        assert log == ["first"]
        leave.set()
    assert log == ["first", "large", "small"]


async def test_one_that_gives_up_waiting_makes_way():
    room, leave, log = Room(Space(4, 100)), asyncio.Event(), []
    async with asyncio.TaskGroup() as group:
        group.create_task(take(room, Space(2, 60), log, "first", leave))
        large = group.create_task(take(room, Space(3, 60), log, "large", leave))
        group.create_task(take(room, Space(1, 1), log, "small", leave))
        await settle()
        large.cancel()
        await settle()
        assert log == ["first", "small"]
        leave.set()


async def test_one_that_gives_up_when_its_turn_has_come_gives_its_room_back():
    room = Room(Space(1, 1))
    async with asyncio.TaskGroup() as group, AsyncExitStack() as first:
        await first.enter_async_context(room.hold(Space(1, 1)))
        second = group.create_task(take(room, Space(1, 1), [], "second", asyncio.Event()))
        await settle()
        await first.aclose()
        second.cancel()
    async with asyncio.timeout(1), room.hold(Space(1, 1)):
        pass


@given(st.lists(spaces, max_size=8))
async def test_all_are_served_and_never_more_than_there_is_room_for(wanted: list[Space]):
    room, held = Room(Space(4, 100)), []

    async def visit(space: Space) -> None:
        async with room.hold(space):
            held.append(space)
            assert sum(s.places for s in held) <= 4
            assert sum(s.cells for s in held) <= 100
            await asyncio.sleep(0)
            held.remove(space)

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        for space in wanted:
            group.create_task(visit(space))


async def test_waiters_who_leave_together_leave_room_for_the_next() -> None:
    room = Room(Space(1, 10))
    entered = asyncio.Event()

    async def stay(until: asyncio.Event) -> None:
        async with room.hold(Space(1, 5)):
            entered.set()
            await until.wait()

    leave, never = asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(stay(leave))
        await entered.wait()
        waiting = [group.create_task(stay(never)) for _ in range(3)]
        last = group.create_task(stay(leave))
        await asyncio.sleep(0)
        # The holder leaves and those behind it are cancelled before any of them has run.
        leave.set()
        for task in waiting:
            task.cancel()
        await last
