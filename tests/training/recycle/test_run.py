import asyncio
from math import nan
from pathlib import Path

import pytest

from engines.base import Capabilities, Request
from engines.errors import EngineUnavailable, Unsupported
from engines.fake import FakeEngine
from tests.training.recycle.world import (
    PAIRS,
    Likes,
    Plain,
    better,
    data,
    longer_is_better,
    number_of,
    run,
)
from training.pairs import Pair
from training.recycle.path import Outcome
from training.recycle.records import Failed, opened
from training.recycle.selection import Choice
from training.writing import OutputRefused


def kept(came: dict[int, Outcome | Failed]) -> dict[int, Pair]:
    found = {id_: one.kept for id_, one in came.items() if isinstance(one, Outcome)}
    return {id_: written.pair for id_, written in sorted(found.items()) if written is not None}


def asked(engine: FakeEngine) -> list[str]:
    return sorted(request.id for request in engine.seen)


async def test_the_harder_instruction_goes_on_with_its_better_response(tmp_path: Path) -> None:
    came = await run(tmp_path)
    assert kept(came)[1] == Pair("ask more 1", "say better 1", form="alpaca")
    assert came[1].choice == Choice("instruction", None)


async def test_an_instruction_that_cannot_be_read_leaves_the_original(tmp_path: Path) -> None:
    came = await run(tmp_path)
    assert [came[i].came["instruction"] for i in (1, 2, 3)] == ["read", "no_mark", "no_end"]
    assert kept(came)[2] == Pair("ask 2", "say better 2", form="alpaca")
    assert came[3].choice == Choice("original", None)


async def test_an_instruction_that_is_no_harder_is_not_picked(tmp_path: Path) -> None:
    student = Likes(lambda pair: Plain(0.7, 0.8 if "better" in pair.response else 0.9))
    came = await run(tmp_path, student=student)
    assert kept(came)[1] == Pair("ask 1", "say better 1", form="alpaca")
    assert [pair.instruction for pair in student.seen if "more" in pair.instruction]


async def test_a_better_response_that_cannot_be_read_drops_the_pair(tmp_path: Path) -> None:
    def unmarked(request: Request, i: int) -> str:
        return better(request) if "instruction" in request.id else "no mark"

    came = await run(tmp_path, FakeEngine(unmarked))
    assert kept(came) == {}
    assert came[1].choice == Choice("instruction", "not improved")
    assert came[1].came["response"] == "no_mark"


async def test_a_score_that_cannot_be_told_ends_the_work_on_a_pair(tmp_path: Path) -> None:
    student = Likes(lambda pair: Plain(nan if pair.instruction == "ask 4" else 0.5, 0.9))
    came = await run(tmp_path, teacher := FakeEngine(better), student)
    assert came[4].choice == Choice("original", "unscored")
    assert not [id_ for id_ in asked(teacher) if id_.startswith("4.")]


async def test_a_better_response_that_is_given_asks_no_teacher(tmp_path: Path) -> None:
    given = data(PAIRS[:2], ["say better", "say more"])
    came = await run(tmp_path, teacher := FakeEngine(better), given=given)
    assert kept(came) == {1: Pair("ask 1", "say better", form="alpaca")}
    assert (teacher.seen, came[1].came) == ([], {"response": "given"})


async def test_replies_are_drawn_at_temperature_zero_with_room_for_the_context(
    tmp_path: Path,
) -> None:
    able = Capabilities("t", context=200, token_ids=True)
    await run(tmp_path, teacher := FakeEngine(better, capabilities=able))
    for request in teacher.seen:
        assert request.sampling.temperature == 0
        assert request.sampling.max_tokens == 200 - len(request.ids)


async def test_a_pair_that_leaves_no_room_for_a_reply_is_left_as_it_is(tmp_path: Path) -> None:
    teacher = FakeEngine(better, capabilities=Capabilities("t", context=9, token_ids=True))
    came = await run(tmp_path, teacher)
    assert (teacher.seen, kept(came)) == ([], {})
    assert came[1].came == {"instruction": "too_long", "response": "too_long"}


async def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    whole = await run(tmp_path)
    again = await run(tmp_path, teacher := FakeEngine(better), student := Likes())
    assert (teacher.seen, student.seen, again) == ([], [], whole)


class Killed(BaseException):
    """The process ended here."""


class Dying:
    """Teacher and student in a process that is killed when they were asked `calls` times."""

    def __init__(self, calls: int) -> None:
        self.left, self.done = calls, list[str]()

    def reply(self, request: Request, i: int) -> str:
        self._count(request.id)
        return better(request)

    def scores(self, pair: Pair) -> Plain:
        self._count(f"{pair.instruction}: {pair.response}")
        return longer_is_better(pair)

    def _count(self, what: str) -> None:
        if not self.left:
            raise Killed
        self.left -= 1
        self.done.append(what)


@pytest.mark.parametrize("calls", range(28))
async def test_a_run_that_is_killed_anywhere_goes_on_and_asks_nothing_twice(
    tmp_path: Path, calls: int
) -> None:
    first, second, whole = Dying(calls), Dying(99), Dying(99)
    with pytest.raises(Killed):
        await run(tmp_path, FakeEngine(first.reply), Likes(first.scores), concurrency=1 + calls % 3)
    came = await run(tmp_path, FakeEngine(second.reply), Likes(second.scores))
    (tmp_path / "whole").mkdir()
    assert came == await run(tmp_path / "whole", FakeEngine(whole.reply), Likes(whole.scores))
    assert sorted(first.done + second.done) == sorted(whole.done)


async def test_half_a_line_of_a_killed_run_is_dropped(tmp_path: Path) -> None:
    whole = await run(tmp_path, concurrency=1)
    journal = tmp_path / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-20])
    again = await run(tmp_path, teacher := FakeEngine(better), student := Likes())
    assert (again, teacher.seen, len(student.seen)) == (whole, [], 1)


async def test_a_call_that_fails_leaves_its_pair_and_is_made_again(tmp_path: Path) -> None:
    def down(request: Request, i: int) -> str:
        if number_of(request) == 2:
            raise EngineUnavailable("the server is gone")
        return better(request)

    came = await run(tmp_path, FakeEngine(down))
    assert came[2] == Failed(2, "reflect on instruction", "EngineUnavailable: the server is gone")
    assert sorted(kept(came)) == [1, 3, 4, 5, 6]
    again = await run(tmp_path, rest := FakeEngine(better))
    assert sorted(kept(again)) == [1, 2, 3, 4, 5, 6]
    assert asked(rest) == ["2.reflect.on.instruction", "2.reflect.on.response"]


async def test_what_a_teacher_cannot_do_at_all_ends_the_run(tmp_path: Path) -> None:
    def unable(request: Request, i: int) -> str:
        raise Unsupported("no chat here")

    with pytest.raises(Unsupported):
        await run(tmp_path, FakeEngine(unable))


async def test_no_more_pairs_than_asked_for_are_under_way(tmp_path: Path) -> None:
    under_way: set[int] = set()
    most = 0

    def slow(request: Request) -> float:
        nonlocal most
        under_way.add(number_of(request))
        most = max(most, len(under_way))
        return 0.001

    def reply(request: Request, i: int) -> str:
        under_way.discard(number_of(request))
        return better(request)

    await run(tmp_path, FakeEngine(reply, latency=slow), concurrency=3)
    assert most == 3


async def test_the_order_of_replies_changes_nothing(tmp_path: Path) -> None:
    late = FakeEngine(better, latency=lambda r: 0.003 * (7 - number_of(r)))
    came = await run(tmp_path, late, concurrency=6)
    (tmp_path / "one").mkdir()
    assert came == await run(tmp_path / "one", concurrency=1)


async def test_cancelling_keeps_what_was_done(tmp_path: Path) -> None:
    stuck = FakeEngine(better, latency=lambda r: 0 if number_of(r) == 1 else 60)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await run(tmp_path, stuck, concurrency=1)
    await run(tmp_path, rest := FakeEngine(better))
    assert not [id_ for id_ in asked(rest) if id_.startswith("1.")]


async def test_another_runs_journal_and_strange_lines_are_refused(tmp_path: Path) -> None:
    await run(tmp_path, given=data(PAIRS[:1]))
    path = tmp_path / "journal.jsonl"
    with (
        pytest.raises(OutputRefused, match='its data is "d", not "e"'),
        opened(path, {"data": "e"}),
    ):
        pass
    with path.open("a") as file:
        file.write('{"kind": "shopping"}\n')
    with pytest.raises(OutputRefused, match=r"the line at byte .* is not one of a run's file"):
        await run(tmp_path)
