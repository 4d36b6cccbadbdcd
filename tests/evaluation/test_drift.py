"""How traffic falls into the bins; the numbers by hand."""

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.drift import drift


def test_traffic_in_equal_parts_is_no_drift() -> None:
    found = drift([1, 2, 3, 4] * 25, of=4)
    assert found is not None
    assert (found.shares, found.stability, found.chi_square) == ((0.25,) * 4, 0, 0)
    assert found.p == pytest.approx(1)


def test_the_statistics_are_as_worked_by_hand() -> None:
    found = drift([1] * 30 + [2] * 70, of=2)
    assert found is not None
    assert found.shares == (0.3, 0.7)
    # (30 - 50)^2 / 50 + (70 - 50)^2 / 50, and P(chi-square of 1 degree above 16) = 6.33e-5.
    assert found.chi_square == pytest.approx(16)
    assert found.p == pytest.approx(6.334e-5, rel=1e-3)
    low, high = 30.5 / 101, 70.5 / 101
    assert found.stability == pytest.approx(
        (low - 0.5) * log(low / 0.5) + (high - 0.5) * log(high / 0.5)
    )


def test_a_bin_that_nobody_asks_of_is_a_finite_drift() -> None:
    found = drift([1] * 50, of=5)
    assert found is not None
    assert found.shares == (1, 0, 0, 0, 0)
    assert 0.25 < found.stability < 10


def test_of_one_bin_and_of_no_traffic_there_is_nothing_to_say() -> None:
    alone = drift([1, 1], of=1)
    assert alone is not None
    assert (alone.stability, alone.p) == (0, 1)
    assert drift([], of=3) is None


@given(st.lists(st.integers(1, 5), min_size=1))
def test_shares_add_up_and_no_drift_is_below_none(bins: list[int]) -> None:
    found = drift(bins, of=5)
    assert found is not None
    assert sum(found.shares) == pytest.approx(1)
    assert found.stability >= 0
    assert 0 <= found.p <= 1
