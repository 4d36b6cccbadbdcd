from itertools import combinations
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.lab.picking import best_of, majority_of, quintiles, weighted_of

SCORES = st.lists(st.none() | st.sampled_from([0.0, 0.2, 0.5, 0.9]), min_size=1, max_size=7)


def brute(scores, right, n):
    won = 0
    for drawn in combinations(range(len(scores)), n):
        able = [i for i in drawn if scores[i] is not None]
        won += bool(able) and right[max(able, key=lambda i: (scores[i], -i))]
    return won / comb(len(scores), n)


@given(SCORES, st.data())
def test_the_pick_is_worth_its_mean_over_all_drawings(scores, data):
    right = data.draw(st.lists(st.booleans(), min_size=len(scores), max_size=len(scores)))
    n = data.draw(st.integers(1, len(scores)))
    assert best_of(scores, right, n) == pytest.approx(brute(scores, right, n))


def test_samples_that_were_thrown_away_count_in_n():
    padded = [0.2, 0.9, 0.5, *[None] * 7]
    right = [True, False, True, *[False] * 7]
    assert best_of(padded, right, 10) == 0
    assert best_of(padded, right, 1) == pytest.approx(0.2)


def test_a_question_of_which_nothing_can_be_picked_is_wrong():
    assert best_of([None, None], [True, True], 2) == 0


def test_likelihoods_below_zero_are_scores_too():
    assert best_of([-3.0, -1.0], [True, False], 2) == 0


@pytest.mark.parametrize(
    ("answers", "share"), [(["3", "4", "4"], 1), (["3", None, None], 0), (["3", "4"], 0)]
)
def test_the_most_frequent_answer_wins_and_nothing_never_votes(answers, share):
    drawn = {majority_of(answers, "4", len(answers), str(seed)) for seed in range(20)}
    assert share in drawn
    assert len(drawn) == (2 if answers == ["3", "4"] else 1)


def test_a_majority_is_the_same_for_the_same_seed():
    answers = ["3", "4", "4", None, "5", "4", "3"]
    assert majority_of(answers, "4", 3, "a") == majority_of(answers, "4", 3, "a")


def test_fifths_are_by_pass_rate_the_easiest_first():
    assert quintiles([0.1, 0.9, 0.5, 0.7, 0.3]) == [4, 0, 2, 1, 3]
    assert quintiles([0.0] * 10) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


@given(st.lists(st.none() | st.sampled_from("345"), min_size=1, max_size=7), st.data())
def test_a_vote_of_equal_weights_is_a_majority(answers, data):
    n = data.draw(st.integers(1, len(answers)))
    weights = [0.5] * len(answers)
    assert weighted_of(answers, weights, "4", n, "a") == majority_of(answers, "4", n, "a")


@pytest.mark.parametrize(("weight", "share"), [(0.9, 1), (0.1, 0), (None, 0)])
def test_an_answer_weighs_as_much_as_its_scores_together(weight, share):
    assert weighted_of(["4", "3", "3"], [weight, 0.3, 0.4], "4", 3, "a") == share
