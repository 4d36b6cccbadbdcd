import json
from math import inf, nan
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.base import Request
from engines.errors import EngineUnavailable
from engines.fake import FakeEngine
from tests.training.recycle.world import (
    PAIRS,
    Likes,
    Plain,
    better,
    data,
    longer_is_better,
    number_of,
)
from training.pairs import Pair, read_pairs
from training.recycle.output import Folder, write
from training.recycle.records import opened
from training.recycle.reflection import Teacher
from training.recycle.report import EDGES, Mean, Report, binned
from training.recycle.run import Run
from training.recycle.said import verdict
from training.writing import OutputRefused


async def recycled(
    path: Path, reply=better, scores=longer_is_better, pairs=PAIRS, tops=()
) -> Report:
    """Recycle pairs into a folder."""
    folder, given = Folder(path), data(pairs)
    with opened(folder.journal, {"data": "d"}) as records:
        run = Run(Teacher(FakeEngine(reply)), Likes(scores), records)
        await run.work(given, concurrency=3, progress=lambda *_: None)
        return write(folder, given, records, {"data": "d"}, tops)


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


async def test_what_is_kept_is_written_in_the_form_and_the_order_it_had(tmp_path: Path) -> None:
    forms = [Pair(p.instruction, p.response, form=form) for p in PAIRS
             for form in ("alpaca", "sharegpt", "chat")][:6]  # fmt: skip
    await recycled(tmp_path, pairs=forms)
    found = list(read_pairs(Folder(tmp_path).recycled))
    assert [pair.form for pair in found] == [pair.form for pair in forms]
    assert [pair.response for pair in found] == [f"say better {i}" for i in range(1, 7)]


async def test_every_sample_has_a_line_that_says_where_it_came_from(tmp_path: Path) -> None:
    def reply(request: Request, i: int) -> str:
        if number_of(request) == 5:
            raise EngineUnavailable("gone")
        return better(request)

    await recycled(tmp_path, reply)
    told = lines(Folder(tmp_path).provenance)
    assert [row["id"] for row in told] == [1, 2, 3, 4, 5, 6]
    assert told[0]["versions"]["response"]["r_ifd"] == 0.7
    assert told[1]["reflections"] == {"instruction": "no_mark", "response": "read"}
    assert told[4] == {"id": 5, "kept": False, "failed": "EngineUnavailable: gone",
                       "at": "reflect on instruction"}  # fmt: skip


async def test_a_score_that_could_not_be_told_is_null_in_every_file(tmp_path: Path) -> None:
    report = await recycled(tmp_path, scores=lambda pair: Plain(nan, 0.9))
    assert report.dropped == {"unscored": 6}
    assert lines(Folder(tmp_path).provenance)[0]["versions"]["original"]["ifd"] is None
    assert "NaN" not in "".join(path.read_text() for path in tmp_path.iterdir())


async def test_the_report_counts_every_sample_once(tmp_path: Path) -> None:
    report = await recycled(tmp_path)
    assert (report.samples, report.kept) == (6, 6)
    assert report.branches == {"instruction": 4, "original": 2}
    assert report.reflections["instruction"] == {"read": 4, "no_mark": 1, "no_end": 1}
    assert report.teacher.calls == 12
    assert json.loads(Folder(tmp_path).report.read_text()) == json.loads(json.dumps(report.plain))


async def test_means_are_of_all_before_and_of_those_kept(tmp_path: Path) -> None:
    change = (await recycled(tmp_path)).measures["ifd"]
    assert change.all_before and change.after and change.by
    assert change.all_before.value == pytest.approx(0.7)
    assert change.after.value == pytest.approx(0.7 + 0.1 * 4 / 6)
    assert change.by.value == pytest.approx(0.1 * 4 / 6)
    assert change.by.low <= change.by.value <= change.by.high


async def test_subsets_are_the_hardest_lines_of_the_file(tmp_path: Path) -> None:
    report = await recycled(tmp_path, tops=(50.0, 10.0))
    folder = Folder(tmp_path)
    whole = folder.recycled.read_text().splitlines()
    assert folder.subset(50).read_text().splitlines() == [whole[0], whole[3], whole[4]]
    assert [(one.percent, one.n, one.file) for one in report.subsets] == [
        (50.0, 3, "recycled.top50.jsonl"), (10.0, 1, "recycled.top10.jsonl"),
    ]  # fmt: skip


async def test_a_run_that_keeps_nothing_says_so(tmp_path: Path) -> None:
    report = await recycled(tmp_path, lambda r, i: "no marks", tops=(2.0,))
    folder = Folder(tmp_path)
    assert (folder.recycled.read_text(), report.subsets) == ("", ())
    assert verdict(report) == "Nothing to train on: 0 of 6 pairs were kept."
    assert verdict(report) in folder.report.with_suffix(".md").read_text()


async def test_few_that_are_kept_are_called_few(tmp_path: Path) -> None:
    assert "So few say little" in verdict(await recycled(tmp_path))


async def test_data_of_no_run_are_not_written_over(tmp_path: Path) -> None:
    Folder(tmp_path).recycled.write_text("mine\n")
    with pytest.raises(OutputRefused, match="is of no run"):
        Folder(tmp_path).refuse_others()


@given(st.lists(st.floats(0, 3) | st.just(nan) | st.just(inf)))
def test_every_number_is_in_one_bin(numbers: list[float]) -> None:
    counts = binned(numbers, EDGES["ifd"])
    assert sum(counts) == sum(number == number for number in numbers)
    assert counts[10] == sum(1.0 <= number < 1.1 for number in numbers)


def test_no_numbers_have_no_mean() -> None:
    assert Mean.of([nan]) is None
    assert Mean.of([nan, 2.0]) == Mean(1, 2.0, 2.0, 2.0)
