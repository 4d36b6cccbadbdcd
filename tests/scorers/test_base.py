from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorers.base import Aggregation, ScorerUnavailable, Verdict, aggregate

EVERY = get_args(Aggregation)
rewards = st.lists(st.floats(0, 1), max_size=50)


@pytest.mark.parametrize(
    ("steps", "how", "score"),
    [
        # P(right, neutral, wrong) = (.7, .2, .1), (.5, .1, .4): neutral counts as right ...
        ([0.9, 0.6], "product", 0.54),
        ([0.9, 0.6], "min", 0.6),
        # ... or as wrong.
        ([0.7, 0.5], "product", 0.35),
        ([0.7, 0.5], "min", 0.5),
        ([0.9, 0.6], "last", 0.6),
        ([0.9, 0.6], "mean", 0.75),
        ([0.9, 0.0, 0.9], "product", 0.0),
    ],
)
def test_aggregates_agree_with_those_computed_by_hand(steps, how, score):
    assert aggregate(steps, how) == pytest.approx(score, abs=1e-4)


def test_only_the_last_step_counts_for_last():
    late, early = [0.1, 0.1, 0.9], [0.9, 0.9, 0.8]
    assert aggregate(late, "last") > aggregate(early, "last")
    assert aggregate(late, "product") < aggregate(early, "product")
    assert aggregate(late, "min") < aggregate(early, "min")


@pytest.mark.parametrize("how", EVERY)
def test_no_steps_are_a_score_of_one(how):
    assert aggregate([], how) == 1


@pytest.mark.parametrize("how", EVERY)
@given(steps=rewards)
def test_a_score_is_between_zero_and_one(how, steps):
    assert 0 <= aggregate(steps, how) <= 1 + 1e-12


@pytest.mark.parametrize("how", ["product", "min"])
@given(steps=rewards)
def test_another_step_never_raises_a_product_or_a_minimum(how, steps):
    scores = [aggregate(steps[:n], how) for n in range(len(steps) + 1)]
    assert all(after <= before + 1e-12 for before, after in pairwise(scores))


@pytest.mark.parametrize("how", EVERY)
@given(reward=st.floats(0, 1))
def test_the_score_of_one_step_is_its_reward(how, reward):
    assert aggregate([reward], how) == pytest.approx(reward)


@given(steps=st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_every_aggregate_lies_between_the_product_and_one(steps):
    product = aggregate(steps, "product")
    assert all(product - 1e-9 <= aggregate(steps, how) <= 1 + 1e-9 for how in EVERY)


@pytest.mark.parametrize("number", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_number_outside_zero_to_one_is_no_verdict(number):
    with pytest.raises(ScorerUnavailable):
        Verdict(number, (0.5,))
    with pytest.raises(ScorerUnavailable):
        Verdict(0.5, (0.5, number))
