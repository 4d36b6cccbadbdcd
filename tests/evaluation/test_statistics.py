from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.statistics import pass_at_k, ratio, wilson

counts = st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [
        (3, 20, 0.0524, 0.3604),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (50, 100, 0.4038, 0.5962),
        (0, 0, 0.0, 1.0),
    ],
)
def test_wilson_agrees_with_values_worked_by_hand(
    right: int, n: int, low: float, high: float
) -> None:
    assert wilson(right, n) == pytest.approx((low, high), abs=5e-5)


@given(counts)
def test_the_interval_holds_the_proportion_and_lies_in_0_to_1(count: tuple[int, int]) -> None:
    right, n = count
    low, high = wilson(right, n)
    assert 0 <= low <= right / n <= high <= 1
    assert low < high


@given(counts)
def test_the_interval_of_the_wrong_ones_mirrors_that_of_the_right_ones(
    count: tuple[int, int],
) -> None:
    right, n = count
    low, high = wilson(n - right, n)
    assert wilson(right, n) == pytest.approx((1 - high, 1 - low))


@given(counts)
def test_more_questions_give_a_narrower_interval(count: tuple[int, int]) -> None:
    right, n = count
    low, high = wilson(right, n)
    narrow_low, narrow_high = wilson(4 * right, 4 * n)
    assert narrow_high - narrow_low < high - low


@pytest.mark.parametrize(
    ("n", "c", "k", "expected"),
    [
        (10, 3, 1, 0.3),
        (10, 3, 5, 0.916667),
        (10, 0, 5, 0.0),
        (10, 0, 50, 0.0),
        (0, 0, 1, 0.0),
        (10, 3, 8, 1.0),
        (4, 2, 1, 0.5),
        (2, 1, 9, 1.0),
    ],
)
def test_pass_at_k_agrees_with_values_worked_by_hand(
    n: int, c: int, k: int, expected: float
) -> None:
    assert pass_at_k(n, c, k) == pytest.approx(expected, abs=1e-6)


@given(st.integers(1, 8), st.data())
def test_pass_at_k_is_the_share_of_all_choices_of_k_that_hold_a_right_one(
    n: int, data: st.DataObject
) -> None:
    c, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    choices = list(combinations([True] * c + [False] * (n - c), k))
    assert pass_at_k(n, c, k) == pytest.approx(sum(map(any, choices)) / len(choices))


@given(st.integers(1, 300), st.data())
def test_more_tries_never_lower_pass_at_k(n: int, data: st.DataObject) -> None:
    c, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    assert 0 <= pass_at_k(n, c, k) <= pass_at_k(n, c, k + 1) + 1e-12 <= 1 + 1e-9


spent = st.lists(st.tuples(st.integers(0, 99), st.integers(1, 99)), min_size=1, max_size=30)


@given(spent)
def test_the_ratio_of_two_totals_lies_in_its_interval_or_beside_it(pairs) -> None:
    ours, theirs = zip(*pairs, strict=True)
    share, (low, high) = ratio(ours, theirs)
    assert share == sum(ours) / sum(theirs)
    assert min(o / t for o, t in pairs) <= low <= high <= max(o / t for o, t in pairs)


@given(spent, st.integers(1, 5))
def test_what_is_always_the_same_share_is_surely_that_share(pairs, share: int) -> None:
    theirs = [value for _, value in pairs]
    assert ratio([share * value for value in theirs], theirs) == (share, (share, share))


def test_nineteen_in_twenty_intervals_hold_the_true_ratio() -> None:
    chance, held = Random(1), 0
    for seed in range(100):
        theirs = [chance.uniform(5, 15) for _ in range(40)]
        low, high = ratio([chance.uniform(0, 1) * value for value in theirs], theirs, seed)[1]
        held += low <= 0.5 <= high
    assert held >= 88
