"""How many searches run at once, and what becomes of the others."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.keys.admission import Admission, AdmissionConfig, Turn
from app.keys.errors import QueueFull
from engines.tasks import collect

ROOM = AdmissionConfig(units=8, queue=4)


async def a_while() -> None:
    """Let every task run until it waits."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_search_for_which_there_is_room_does_not_wait() -> None:
    admission = Admission()
    first = await admission.enter("a", 1, 5, ROOM)
    second = await admission.enter("b", 1, 3, ROOM)
    assert (first.units, second.units, admission.waiting) == (5, 3, 0)


async def test_one_that_does_not_fit_waits_until_one_ends() -> None:
    admission = Admission()
    first = await admission.enter("a", 1, 8, ROOM)
    async with asyncio.TaskGroup() as group:
        second = group.create_task(admission.enter("b", 1, 1, ROOM))
        await a_while()
        assert (second.done(), admission.waiting) == (False, 1)
        admission.leave(first)
    assert second.result().flow == "b"


async def test_a_small_one_does_not_overtake_a_large_one() -> None:
    admission = Admission()
    first = await admission.enter("a", 1, 4, ROOM)
    async with asyncio.TaskGroup() as group:
        large = group.create_task(admission.enter("b", 1, 8, ROOM))
        await a_while()
        small = group.create_task(admission.enter("c", 1, 1, ROOM))
        await a_while()
        assert (large.done(), small.done()) == (False, False)
        admission.leave(first)
        await a_while()
        assert (large.done(), small.done()) == (True, False)
        admission.leave(large.result())


async def test_one_that_is_larger_than_all_there_is_runs_alone() -> None:
    admission = Admission()
    assert (await admission.enter("a", 1, 100, ROOM)).units == 8


async def test_one_that_gives_up_leaves_the_queue_and_its_place_to_others() -> None:
    admission = Admission()
    first = await admission.enter("a", 1, 6, ROOM)
    async with asyncio.TaskGroup() as group:
        large = group.create_task(admission.enter("b", 1, 8, ROOM))
        await a_while()
        small = group.create_task(admission.enter("c", 1, 2, ROOM))
        await a_while()
        large.cancel()
    assert (small.result().units, admission.waiting) == (2, 0)
    admission.leave(first)


async def test_one_that_was_let_in_as_it_gave_up_keeps_no_room() -> None:
    admission = Admission()
    first = await admission.enter("a", 1, 8, ROOM)
    async with asyncio.TaskGroup() as group:
        second = group.create_task(admission.enter("b", 1, 8, ROOM))
        await a_while()
        admission.leave(first)
        second.cancel()
    third = await admission.enter("c", 1, 8, ROOM)
    assert third.units == 8


async def test_a_full_queue_refuses_the_one_who_fills_it() -> None:
    admission = Admission()
    first = await admission.enter("a", 1, 8, ROOM)
    async with asyncio.TaskGroup() as group:
        greedy = [group.create_task(_outcome(admission, "greedy")) for _ in range(6)]
        await a_while()
        assert [one.result() for one in greedy if one.done()] == ["refused"] * 2
        modest = group.create_task(_outcome(admission, "modest"))
        await a_while()
        assert (modest.done(), admission.waiting) == (False, 4)
        assert [one.done() for one in greedy].count(True) == 3
        admission.leave(first)


async def _outcome(admission: Admission, flow: str) -> str:
    try:
        admission.leave(await admission.enter(flow, 1, 8, ROOM))
    except QueueFull:
        return "refused"
    return "let in"


async def test_without_a_queue_one_that_does_not_fit_is_refused_at_once() -> None:
    admission, room = Admission(), AdmissionConfig(units=1, queue=0)
    await admission.enter("a", 1, 1, room)
    with pytest.raises(QueueFull):
        await admission.enter("b", 1, 1, room)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 12)), max_size=30), st.data())
def test_what_fits_runs_and_no_more_and_all_have_their_turn(asked, data) -> None:
    room, done = AdmissionConfig(units=8, queue=100), Counter[str]()
    inside, outside = list[Turn](), list[int]()

    async def one(admission: Admission, flow: str, units: int) -> None:
        outside.append(min(units, 8))
        inside.append(await admission.enter(flow, 1, units, room))
        outside.remove(inside[-1].units)
        done[flow] += 1

    async def all_of_them() -> None:
        admission = Admission()
        async with asyncio.TaskGroup() as group:
            for flow, units in asked:
                group.create_task(one(admission, flow, units))
            await a_while()
            while inside:
                used = sum(turn.units for turn in inside)
                assert used <= 8 < used + max(outside, default=9)
                assert admission.waiting == len(outside)
                admission.leave(inside.pop(data.draw(st.integers(0, len(inside) - 1))))
                await a_while()

    asyncio.run(all_of_them())
    assert done == Counter(flow for flow, _ in asked)


async def test_keys_that_all_wait_are_served_by_their_weights() -> None:
    admission, served = Admission(), list[str]()
    room = AdmissionConfig(units=1, queue=100)
    first = await admission.enter("other", 1, 1, room)

    async def one(flow: str, weight: float) -> None:
        turn = await admission.enter(flow, weight, 1, room)
        served.append(flow)
        admission.leave(turn)

    async def begin() -> None:
        await a_while()
        admission.leave(first)

    await collect(
        [*(one("one", 1) for _ in range(20)), *(one("three", 3) for _ in range(20)), begin()]
    )
    assert Counter(served[:20]) == {"one": 5, "three": 15}
