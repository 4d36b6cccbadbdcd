from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.exchange import NotAQuantity
from evaluation.matched.comparison import compare, weights
from evaluation.matched.errors import TooFewShared
from evaluation.matched.runs import match
from tests.evaluation.matched.world import answered, drawn, trio, written

costs = st.lists(st.floats(0.1, 1000), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("budget", "expected"),
    [(1, (1, 0, 0)), (2, (0.5, 0.5, 0)), (8, (0, 0.5, 0.5)), (16, (0, 0, 1)), (99, (0, 0, 1))],
)
def test_between_two_runs_the_logarithm_of_compute_counts(budget: float, expected) -> None:
    assert weights([1, 4, 16], budget) == pytest.approx(expected)


def test_runs_of_the_same_compute_count_alike() -> None:
    assert weights([1, 4, 4], 2) == pytest.approx((0.5, 0.25, 0.25))


@given(costs, st.floats(0.01, 1e5))
def test_weights_add_up_to_1_and_none_is_below_0(compute: list[float], budget: float) -> None:
    found = weights(compute, budget)
    assert sum(found) == pytest.approx(1)
    assert min(found) >= 0


def test_each_bin_has_its_winner(tmp_path: Path) -> None:
    one, best, large = trio(tmp_path)
    found = compare(match([one, best], large), 14, (0.16,), bins=2)
    told = {group.bin: group.exchanges[0] for group in found.groups}
    assert [(b, e.small, e.large, e.winner) for b, e in told.items()] == [
        (1, 1, 0, "test-time"), (2, 0, 1, "pre-training"), (None, 0.5, 0.5, "neither"),
    ]  # fmt: skip
    whole = told[None].difference
    assert whole.low < 0 == whole.value < whole.high


def test_what_no_run_has_spent_is_not_extrapolated(tmp_path: Path) -> None:
    one, best, large = trio(tmp_path)
    [group] = compare(match([one, best], large), 14, (0.16, 22), bins=1).groups[:1]
    far, near = group.exchanges
    assert (far.allowed, far.reached, far.capped) == (257.75, 16, True)
    assert (near.reached, near.capped) == (near.allowed, False)
    assert far.small == 0.5 > near.small > 0.4


def test_compute_is_relative_to_one_answer_of_the_bin(tmp_path: Path) -> None:
    (tmp_path / "hard.json").write_text('{"a": 0, "b": 1}')
    one = written(tmp_path / "one", [answered("a", 1, 10), answered("b", 1, 100)])
    best = written(tmp_path / "best", [answered("a", 1, 40), answered("b", 1, 800)], "majority")
    large = written(tmp_path / "large", [answered("a", 1), answered("b", 1)], model="big")
    found = compare(match([one, best], large, tmp_path / "hard.json"), 2, (1,), bins=2)
    points = [[run.compute for run in group.runs] for group in found.groups]
    assert points == [[1, 4], [1, 8], [1, pytest.approx(840 / 110)]]
    assert [group.answer for group in found.groups] == [10, 100, 55]


@pytest.mark.parametrize(("n", "winner"), [(5, "neither"), (6, "test-time")])
def test_of_five_questions_nobody_wins(tmp_path: Path, n: int, winner: str) -> None:
    one = drawn(tmp_path / "one", [1] * n, 10, "sample")
    large = drawn(tmp_path / "large", [0] * n, 10, "sample", model="big")
    found = compare(match([one], large), 14, (22,), bins=1)
    assert found.groups[0].exchanges[0].winner == winner


def test_bins_that_hold_no_question_are_not_there(tmp_path: Path) -> None:
    one, _, large = trio(tmp_path)
    groups = compare(match([one], large), 14, (22,)).groups
    assert [(group.bin, group.questions) for group in groups] == [(1, 40), (None, 40)]


@pytest.mark.parametrize(("ids", "n"), [("xy", 0), (["q0", "x"], 1)])
def test_runs_of_other_questions_cannot_be_compared(tmp_path: Path, ids, n: int) -> None:
    one, _, _ = trio(tmp_path, n=1)
    other = written(tmp_path / "b", [answered(id_, 1) for id_ in ids], model="big")
    with pytest.raises(TooFewShared, match=f"{n} questions were .* not in every run") as error:
        compare(match([one], other), 14, (22,), bins=2)
    assert (error.value.n, error.value.least) == (n, 2)


def test_a_small_model_that_is_the_larger_one_is_refused(tmp_path: Path) -> None:
    one, _, large = trio(tmp_path)
    with pytest.raises(NotAQuantity):
        compare(match([one], large), 0.5, (22,))
