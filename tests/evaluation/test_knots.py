import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.knots import nearest, refined_knots
from evaluation.posterior import Seen
from search.policy import Knot

KNOTS = tuple(Knot(held=h, accuracy=a) for h, a in ((0.2, 0.3), (0.6, 0.5), (0.9, 0.8)))


def test_an_answer_counts_for_the_nearest_knot() -> None:
    assert [nearest(KNOTS, held) for held in (0, 0.39, 0.41, 0.76, 1)] == [0, 0, 1, 2, 2]


def test_a_knot_is_worth_its_share_of_the_questions() -> None:
    # 30 questions are 10 a knot: (10 * 0.5 + 9) / (10 + 10).
    refined = refined_knots(KNOTS, {1: Seen(n=10, right=9)}, 30)
    assert [knot.accuracy for knot in refined] == pytest.approx([0.3, 0.7, 0.8])


def test_knots_that_would_fall_meet_in_the_middle() -> None:
    # 10 * 0.3 + 10 right of 20 is 0.65, of weight 20, above 0.5 of weight 10: both are 0.6.
    refined = refined_knots(KNOTS, {0: Seen(n=10, right=10)}, 30)
    assert [knot.accuracy for knot in refined] == pytest.approx([0.6, 0.6, 0.8])


def test_without_verdicts_nothing_changes() -> None:
    assert refined_knots(KNOTS, {}, 30) == KNOTS


@given(st.dictionaries(st.integers(0, 2), st.tuples(st.integers(0, 50), st.integers(0, 50))))
def test_knots_rise_whatever_is_seen(counts: dict[int, tuple[int, int]]) -> None:
    seen = {place: Seen(n=a + b, right=a) for place, (a, b) in counts.items()}
    accuracy = [knot.accuracy for knot in refined_knots(KNOTS, seen, 30)]
    assert accuracy == sorted(accuracy)
    assert all(0 <= one <= 1 for one in accuracy)
