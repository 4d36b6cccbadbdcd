import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.matched.bins import bin_of, edges

eases = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60)


@pytest.mark.parametrize(("ease", "expected"), [(0.1, 5), (0.2, 4), (0.59, 3), (0.6, 2), (0.95, 1)])
def test_a_question_as_easy_as_a_quintile_is_above_it(ease: float, expected: int) -> None:
    assert bin_of(ease, (0.2, 0.4, 0.6, 0.8)) == expected


def test_quantiles_are_interpolated() -> None:
    assert edges([0, 1, 2, 3, 4, 5], 5) == (1, 2, 3, 4)
    assert edges([3, 0], 4) == (0.75, 1.5, 2.25)
    assert edges([1, 2], 1) == ()


@given(st.integers(1, 12), st.integers(1, 8))
def test_questions_that_all_differ_fill_bins_evenly(times: int, bins: int) -> None:
    numbers = [float(i) for i in range(times * bins)]
    placed = [bin_of(ease, edges(numbers, bins)) for ease in numbers]
    assert {placed.count(number) for number in range(1, bins + 1)} == {times}


@given(eases, st.integers(1, 8))
def test_an_easier_question_is_in_no_harder_bin(numbers: list[float], bins: int) -> None:
    quantiles = edges(numbers, bins)
    placed = [bin_of(ease, quantiles) for ease in sorted(numbers)]
    assert placed == sorted(placed, reverse=True)
    assert set(placed) <= set(range(1, bins + 1))


@given(st.floats(-1e6, 1e6), st.integers(1, 30), st.integers(1, 8))
def test_questions_that_are_alike_share_the_easiest_bin(ease: float, n: int, bins: int) -> None:
    assert bin_of(ease, edges([ease] * n, bins)) == 1
