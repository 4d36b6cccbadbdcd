"""What is said of scores, against what can be worked out by hand or by brute force."""

from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.metrics import log_loss as sklearn_log_loss

from evaluation.verification import (
    Rated,
    auc,
    brier,
    calibration_error,
    estimate,
    log_loss,
    mixed,
    reliability,
    value,
    within_question_auc,
)

MEASURES = [auc, brier, calibration_error, log_loss, within_question_auc]
# Few different scores, so that there are ties.
scores = st.integers(0, 8).map(lambda i: i / 8)
rated = st.builds(Rated, scores, st.sampled_from([0.0, 1.0]))
softly = st.builds(Rated, scores, st.sampled_from([0.0, 0.25, 0.5, 1.0]))
worlds = st.lists(st.lists(rated, min_size=1, max_size=5), min_size=1, max_size=6)
soft_worlds = st.lists(st.lists(softly, min_size=1, max_size=4), min_size=1, max_size=5)


def right(*given: float) -> list[Rated]:
    return [Rated(score, 1.0) for score in given]


def wrong(*given: float) -> list[Rated]:
    return [Rated(score, 0.0) for score in given]


def pairwise(samples: list[Rated]) -> float | None:
    """The AUC by its definition."""
    pairs = [(a, b, a.target * (1 - b.target)) for a, b in product(samples, samples) if a is not b]
    total = sum(weight for *_, weight in pairs)
    won = sum(w * ((a.score > b.score) + (a.score == b.score) / 2) for a, b, w in pairs)
    return won / total if total else None


@given(soft_worlds)
def test_the_area_is_the_share_of_pairs_in_order(world) -> None:
    samples = [Rated(r.score, r.target) for question in world for r in question]
    expected = pairwise(samples)
    assert value(auc, world) == (None if expected is None else pytest.approx(expected))


@given(worlds)
def test_measures_agree_with_those_of_scikit_learn(world) -> None:
    samples = [r for question in world for r in question]
    labels, given_ = [r.target for r in samples], [r.score for r in samples]
    clipped = [min(1 - 1e-6, max(1e-6, score)) for score in given_]
    assert value(brier, world) == pytest.approx(brier_score_loss(labels, given_))
    expected = sklearn_log_loss(labels, clipped, labels=[0.0, 1.0])
    assert value(log_loss, world) == pytest.approx(expected)
    if len(set(labels)) == 2:
        assert value(auc, world) == pytest.approx(roc_auc_score(labels, given_))


def test_questions_count_alike_and_those_of_one_kind_do_not() -> None:
    world = [[*right(0.9), *wrong(0.1)], [*right(0.2, 0.3, 0.4), *wrong(0.5)], right(0.7)]
    assert value(within_question_auc, world) == 0.5
    assert mixed(world) == 2
    assert value(auc, world) == pytest.approx((1 + 2 + 1 + 1 + 2) / 10)


def test_between_questions_order_may_be_perfect_and_within_them_chance() -> None:
    world = [[*right(0.9), *wrong(0.9)], [*right(0.9), *wrong(0.9)], wrong(0.1, 0.1)]
    assert value(within_question_auc, world) == 0.5
    assert value(auc, world) == 0.75


def test_the_calibration_error_is_the_mean_distance_of_bins() -> None:
    world = [[*right(0.95, 0.85), *wrong(0.95)], [*right(0.15), *wrong(0.15)]]
    expected = (abs(0.95 * 2 - 1) + abs(0.85 - 1) + abs(0.3 - 1)) / 5
    assert value(calibration_error, world) == pytest.approx(expected)


@given(worlds)
def test_who_says_the_truth_has_no_error(world) -> None:
    told = [[Rated(r.target, r.target) for r in question] for question in world]
    assert value(calibration_error, told) == value(brier, told) == 0
    assert value(log_loss, told) == pytest.approx(0, abs=2e-6)
    assert value(auc, told) in (None, 1)


@given(worlds, st.integers(0, 5))
def test_what_is_drawn_twice_counts_like_two_questions(world, place) -> None:
    place %= len(world)
    weights = [1 + (i == place) for i in range(len(world))]
    for measure in MEASURES:
        twice = value(measure, [*world, world[place]])
        assert measure(world)(weights) == (None if twice is None else pytest.approx(twice))


@pytest.mark.parametrize("measure", MEASURES)
def test_an_interval_holds_the_value_and_is_the_seeds(measure) -> None:
    chance = Random(1)
    world = [[Rated(chance.random(), float(chance.random() < 0.5)) for _ in range(3)]
             for _ in range(40)]  # fmt: skip
    found = estimate(measure, world, seed=3)
    assert found.low < found.value < found.high
    assert found == estimate(measure, world, seed=3) != estimate(measure, world, seed=4)


def test_without_right_and_wrong_there_is_no_order_and_no_interval() -> None:
    assert value(auc, [right(0.5, 0.6)]) is estimate(auc, [right(0.5, 0.6)]) is None
    assert estimate(within_question_auc, [right(0.5), wrong(0.6)]) is None


def test_drawings_without_a_value_are_left_out() -> None:
    found = estimate(auc, [right(0.9), wrong(0.1)])
    assert (found.value, found.low, found.high) == (1, 1, 1)


def test_nineteen_in_twenty_intervals_hold_the_true_value() -> None:
    held = 0
    for seed in range(60):
        chance = Random(seed)
        shares = [chance.random() for _ in range(60)]
        world = [[Rated(0, float(chance.random() < p)) for _ in range(4)] for p in shares]
        found = estimate(brier, world, seed)
        held += found.low <= 0.5 <= found.high
    assert held >= 52


@given(worlds)
def test_bins_hold_every_sample_once(world) -> None:
    bins = reliability(world)
    assert sum(b.n for b in bins) == sum(map(len, world))
    assert all(b.low <= b.score <= b.high + 1e-9 for b in bins)
    assert all(b.interval[0] <= b.right <= b.interval[1] for b in bins)
    gap = sum(b.n * abs(b.score - b.right) for b in bins) / sum(b.n for b in bins)
    assert gap == pytest.approx(value(calibration_error, world))
