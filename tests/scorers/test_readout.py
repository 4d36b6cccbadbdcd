from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorers.base import ScorerUnavailable
from scorers.readout import are_logits, logistic, logistics, probabilities


def read(texts, positive):
    return probabilities(texts, positive, logits=are_logits(texts))


def test_one_column_of_classes_is_a_probability():
    assert read([[[0.2], [0.9]]], 1) == [(0.2, 0.9)]
    with pytest.raises(ScorerUnavailable, match=r"3 is not in \[0, 1\]: set `readout` to value"):
        read([[[0.0], [3.0]]], 1)


def test_rounding_is_no_sign_of_logits():
    assert read([[[-0.0004, 1.0004]], [[0.5, 0.5]]], 1) == [(1.0,), (0.5,)]
    assert read([[[-0.0004]]], 1) == [(0.0,)]


def test_one_logit_makes_all_rows_of_an_answer_logits():
    texts = [[[0.3, 0.7]], [[-4.0, 5.0]]]
    ((first,), (second,)) = read(texts, 1)
    assert first == pytest.approx(exp(0.7) / (exp(0.7) + exp(0.3)))
    assert second > first


@given(st.lists(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3), min_size=1, max_size=9))
def test_any_numbers_become_read(rows):
    columns = [read([rows], column)[0] for column in range(3)]
    sums = [sum(row) for row in zip(*columns, strict=True)]
    assert sums == pytest.approx([1] * len(rows), abs=2e-3)
    assert all(0 <= p <= 1 for column in columns for p in column)


@pytest.mark.parametrize(
    ("row", "positive"),
    [([2.0, 0.0], 0), ([0.0, 2.0], 1)],
    ids=["the tokens + and -", "the classes wrong and right"],
)
def test_two_logits_are_read_as_their_family_has_it(row, positive):
    assert read([[row]], positive) == [(pytest.approx(0.880797, abs=1e-6),)]


@pytest.mark.parametrize("row", [[0.2, 0.3, 0.5], [log(0.2), log(0.3), log(0.5)]])
def test_columns_that_say_right_together_are_added_up(row):
    assert read([[row]], frozenset((1, 2))) == [(pytest.approx(0.8),)]


def test_a_difference_brought_into_zero_to_one_is_the_probability_of_right():
    right, wrong = read([[[0.0, 2.0]]], 1)[0][0], read([[[0.0, 2.0]]], 0)[0][0]
    assert right - wrong == pytest.approx(0.761594, abs=1e-6)
    assert (right - wrong + 1) / 2 == pytest.approx(right)


def test_values_are_read_by_the_logistic_function():
    ((low, high),) = logistics([[[0.0], [2.0]]])
    assert (low, high) == pytest.approx((0.5, 0.880797), abs=1e-6)
    assert logistics([[[20.0]]], scale=10) == [(pytest.approx(0.880797, abs=1e-6),)]


def test_rows_of_classes_are_no_values():
    with pytest.raises(ScorerUnavailable, match="2 columns, not one value: set `readout`"):
        logistics([[[0.5], [0.5, 0.5]]])


@given(st.lists(st.floats(-30, 30), min_size=2, unique=True))
def test_values_keep_their_order(values):
    (read,) = logistics([[[value] for value in values]])
    assert [p for _, p in sorted(zip(values, read, strict=True))] == sorted(read)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_value_comes_into_zero_to_one(value):
    assert 0 <= logistic(value) <= 1
    assert logistic(value) + logistic(-value) == pytest.approx(1)
