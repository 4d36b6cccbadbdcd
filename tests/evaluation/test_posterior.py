"""What was measured and what was seen, put together; the first cases by hand."""

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.posterior import Seen, normal, prior_size, updated, variance
from search.policy import Interval, Measured

Z = 1.959964
TENTH = Interval(value=0.5, low=0.5 - 0.1 * Z, high=0.5 + 0.1 * Z)
"""Of a standard error of 0.1: worth 0.25 / 0.01 = 25 answers."""

intervals = st.tuples(st.floats(0, 1), st.floats(0, 0.3), st.floats(0, 0.3)).map(
    lambda drawn: Interval(value=drawn[0], low=drawn[0] - drawn[1], high=drawn[0] + drawn[2])
)
counts = st.tuples(st.integers(0, 500), st.floats(0, 1)).map(
    lambda drawn: Seen(drawn[0], drawn[0] * drawn[1], drawn[0], drawn[0] * 90)
)


def test_an_interval_is_worth_as_many_answers_as_would_make_it() -> None:
    assert prior_size(TENTH, questions=9) == pytest.approx(25, rel=1e-5)
    assert variance(TENTH) == pytest.approx(0.01, rel=1e-5)


def test_counts_are_added_to_what_the_table_is_worth() -> None:
    old = Measured(accuracy=TENTH, tokens=100)
    new = updated(old, Seen(n=25, right=20, priced=25, tokens=25 * 200), questions=9)
    # (12.5 + 20) / 50, of a Beta(32.5, 17.5), whose standard deviation is 0.0668.
    assert new.accuracy.value == 0.65
    assert new.tokens == pytest.approx(150)
    assert new.accuracy.low == pytest.approx(0.65 - Z * 0.0668, abs=0.01)
    assert new.accuracy.high == pytest.approx(0.65 + Z * 0.0668, abs=0.01)


def test_a_flat_prior_and_one_right_answer_are_a_triangle() -> None:
    # se^2 of 1/8 makes n0 = 2: Beta(1, 1), and Beta(2, 1) after it, with the quantiles sqrt(q).
    half = Z * sqrt(1 / 8)
    flat = Measured(accuracy=Interval(value=0.5, low=0.5 - half, high=0.5 + half), tokens=10)
    new = updated(flat, Seen(n=1, right=1, priced=1, tokens=10), questions=9).accuracy
    assert (new.low, new.value, new.high) == pytest.approx(
        (sqrt(0.025), 2 / 3, sqrt(0.975)), abs=6e-5
    )


@pytest.mark.parametrize(("value", "right", "expected"), [(1, 0, 0.5), (0, 10, 0.5), (1, 10, 1)])
def test_what_was_always_the_same_is_worth_the_questions_it_was_measured_on(
    value: float, right: float, expected: float
) -> None:
    always = Measured(accuracy=Interval(value=value, low=value, high=value), tokens=10)
    new = updated(always, Seen(n=10, right=right, priced=10, tokens=100), questions=10)
    assert new.accuracy.value == expected
    assert 0 <= new.accuracy.low < new.accuracy.high <= 1


@given(intervals, counts)
def test_the_new_accuracy_is_between_the_old_one_and_what_was_seen(accuracy, seen: Seen) -> None:
    new = updated(Measured(accuracy=accuracy, tokens=50), seen, questions=20)
    ends = sorted((accuracy.value, seen.right / seen.n if seen.n else accuracy.value))
    assert ends[0] - 1e-4 <= new.accuracy.value <= ends[1] + 1e-4
    assert 0 <= new.accuracy.low <= new.accuracy.value <= new.accuracy.high <= 1
    assert 50 - 1e-6 <= new.tokens <= 90 + 1e-6


@given(intervals.filter(lambda accuracy: accuracy.high - accuracy.low > 1e-3), st.integers(1, 100))
def test_the_order_in_which_answers_are_seen_does_not_matter(accuracy, n: int) -> None:
    seen = Seen()
    for i in range(n):
        seen = seen.plus(1, right=i % 3 == 0, tokens=90)
    assert (seen.n, seen.right) == pytest.approx((n, (n + 2) // 3))
    assert seen.tokens == pytest.approx(90 * n)


def test_answers_whose_tokens_are_not_known_count_for_the_accuracy_alone() -> None:
    seen = Seen().plus(1, right=True, tokens=None).plus(1, right=False, tokens=200)
    new = updated(Measured(accuracy=TENTH, tokens=100), seen, questions=9)
    assert new.tokens == pytest.approx((25 * 100 + 200) / 26)
    assert new.accuracy.value == 0.5


@given(st.floats(-1, 1), st.floats(0, 1))
def test_a_normal_interval_implies_its_variance(value: float, squared: float) -> None:
    assert variance(normal(value, squared)) == pytest.approx(squared, abs=1e-3)
