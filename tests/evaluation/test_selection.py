import json
from math import comb
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.runfile import RunFileError, read
from evaluation.selection import Drawn, Spread, best, curve, most_frequent, picked
from evaluation.statistics import pass_at_k
from tests.evaluation.world import run

RIGHT, WRONG = Drawn("4", 0, True, 0.2), Drawn("5", 1, False, 0.9)
MUTE = Drawn(None, None, False, 1.0)
drawn = st.builds(
    lambda group, score: Drawn(None if group is None else str(group), group, group == 0, score),
    st.sampled_from([None, 0, 1, 2]),
    st.none() | st.floats(0, 1),
)
questions = st.lists(st.lists(drawn, max_size=6), min_size=1, max_size=4)


def test_a_wrong_favourite_among_three_of_ten_is_always_picked() -> None:
    three = [Drawn("4", 0, True, 0.2), Drawn("5", 1, False, 0.9), Drawn("4", 0, True, 0.5)]
    assert picked([three], 10, best, most=10) == Spread(0.0, 0.0)


def test_a_question_without_solutions_is_wrong_and_counts() -> None:
    assert picked([[RIGHT], []], 1, best, most=1) == Spread(0.5, 0.0)


def test_padding_counts_among_those_drawn() -> None:
    found = picked([[RIGHT]], 2, best, most=10, trials=2000)
    assert found.mean == pytest.approx(0.2, abs=0.03)
    assert found.deviation == pytest.approx(0.4, abs=0.03)


def test_what_has_no_answer_or_no_score_is_not_picked() -> None:
    assert best([MUTE, RIGHT, Drawn("5", 1, False, None)]) == RIGHT
    assert best([MUTE]) is None
    assert most_frequent([MUTE, MUTE, WRONG]) == WRONG
    assert most_frequent([MUTE]) is None


def test_of_equally_frequent_answers_the_earlier_wins() -> None:
    assert most_frequent([WRONG, RIGHT]) == WRONG
    assert most_frequent([WRONG, RIGHT, RIGHT]) == RIGHT


@given(questions, st.integers())
def test_nothing_picked_is_right_more_often_than_one_of_n_is(pools, seed: int) -> None:
    most = max(map(len, pools))
    if most:
        ceiling = sum(any(one.right for one in pool) for pool in pools) / len(pools)
        for pick in (best, most_frequent):
            found = picked(pools, most, pick, most=most, trials=2, seed=seed)
            assert 0 <= found.mean <= ceiling + 1e-12


@given(st.integers(1, 6), st.data())
def test_a_perfect_score_comes_to_pass_at_k(n: int, data: st.DataObject) -> None:
    right, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    pool = [Drawn(str(i < right), int(i < right), i < right, float(i < right)) for i in range(n)]
    found = picked([pool], k, best, most=n, trials=300)
    assert found.mean == pytest.approx(pass_at_k(n, right, k), abs=0.15)
    assert comb(n, k) > 1 or found.deviation == 0


def test_a_seed_decides_what_is_drawn() -> None:
    pools = [[RIGHT, WRONG, RIGHT, WRONG]]
    assert curve(pools, seed=1) == curve(pools, seed=1) != curve(pools, seed=2)
    assert [point.n for point in curve([[RIGHT] * 6])] == [1, 2, 4, 6]
    assert curve([[]]) == ()
    assert curve([[Drawn("4", 0, True, None)]])[0].best_of_n is None


async def test_a_runs_file_keeps_what_its_curve_is_made_of(tmp_path: Path) -> None:
    report = await run(out=tmp_path / "run.jsonl")
    points = curve(read(tmp_path / "run.jsonl").drawn())
    assert {point.n: point.pass_at for point in points} == pytest.approx(report.pass_at)
    assert points[-1].best_of_n is not None


async def test_records_made_before_solutions_were_kept_are_read_but_have_no_curve(
    tmp_path: Path,
) -> None:
    out = tmp_path / "run.jsonl"
    await run(out=out)
    first, *lines = out.read_text().splitlines()
    old = [{k: v for k, v in json.loads(line).items() if k != "drawn"} for line in lines]
    out.write_text("\n".join([first, *map(json.dumps, old), ""]))
    assert (await run(out=out)).resumed == 12
    with pytest.raises(RunFileError, match="12 questions were recorded without their solutions"):
        read(out).drawn()


@pytest.mark.parametrize("content", ["", "{}\n", "[1]\nx\n", "a list\n", "{}\n{}\n"])
def test_a_file_that_is_no_runs_is_said_to_be_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "other").write_text(content)
    with pytest.raises(RunFileError, match="other: "):
        read(tmp_path / "other")
