"""Curves fitted to labels."""

from itertools import pairwise
from math import exp
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.calibration import Method, calibrate, check_targets, fit, quality
from evaluation.verification import (
    Rated,
    brier,
    calibration_error,
    log_loss,
    value,
    within_question_auc,
)
from scorers.calibration import CalibrationError, Platt, logit

METHODS: list[Method] = ["platt", "isotonic"]
both = pytest.mark.parametrize("method", METHODS)


def world(questions=100, each=8, slope=1.0, intercept=0.0, seed=0) -> dict[str, list[Rated]]:
    """Scores of which P(right) is known: Platt's of this slope and intercept."""
    chance, true = Random(seed), Platt(slope=slope, intercept=intercept)
    return {
        f"Question {i}?": [
            Rated(score, float(chance.random() < true.chance(score)))
            for score in (1 / (1 + exp(-chance.gauss(0, 2))) for _ in range(each))
        ]
        for i in range(questions)
    }


TOO_SURE = world(slope=0.4, intercept=-0.5)


def test_platt_finds_slope_and_intercept() -> None:
    curve = fit(list(world(questions=1000, slope=0.4, intercept=-0.5).values()), "platt")
    assert (curve.slope, curve.intercept) == pytest.approx((0.4, -0.5), abs=0.05)


def test_platt_finds_them_of_soft_targets_too() -> None:
    true = Platt(slope=0.4, intercept=-0.5)
    scores = [i / 2001 for i in range(1, 2001)]
    curve = fit([[Rated(score, true.chance(score)) for score in scores]], "platt")
    assert (curve.slope, curve.intercept) == pytest.approx((0.4, -0.5), abs=0.01)


def test_isotonic_finds_the_shares_of_scores_that_repeat() -> None:
    shares = {0.2: (1, 10), 0.5: (3, 10), 0.9: (8, 10)}
    rated = [Rated(score, float(i < right)) for score, (right, n) in shares.items()
             for i in range(n)]  # fmt: skip
    curve = fit([rated], "isotonic")
    assert [score for score, _ in curve.knots] == [0.2, 0.5, 0.9]
    assert [chance for _, chance in curve.knots] == pytest.approx([0.1, 0.3, 0.8])


def test_isotonic_pools_what_falls() -> None:
    pairs = [(0.1, 0.0), (0.4, 1.0), (0.6, 0.0), (0.9, 1.0)]
    curve = fit([[Rated(*pair) for pair in pairs]], "isotonic")
    assert [curve.chance(score) for score, _ in pairs] == [0, 0.5, 0.5, 1]


@both
def test_on_other_questions_too_scores_mean_more_what_they_say(method) -> None:
    fitted = calibrate(TOO_SURE, method)
    for measure in (calibration_error, brier, log_loss):
        assert value(measure, fitted.after) < value(measure, fitted.before)
    assert value(calibration_error, fitted.before) > 0.15
    assert value(calibration_error, fitted.after) < 0.05


def test_by_platt_the_order_within_a_question_stays() -> None:
    fitted = calibrate(TOO_SURE, "platt")
    before, after = (value(within_question_auc, q) for q in (fitted.before, fitted.after))
    assert before == after


@both
def test_the_same_seed_fits_and_measures_the_same(method) -> None:
    few = world(questions=20, each=4, slope=0.4)
    first, second = (calibrate(few, method, seed=3) for _ in range(2))
    assert first == second
    assert quality(first.after, 3) == quality(second.after, 3) != quality(first.after, 4)
    assert calibrate(few, method, seed=4).after != first.after


@both
def test_no_number_is_by_a_curve_that_has_seen_its_question(method) -> None:
    odd = dict(TOO_SURE) | {"odd": [Rated(0.99, 0.0)] * 40}
    turned = dict(TOO_SURE) | {"odd": [Rated(0.99, 1.0)] * 40}
    first, second = (calibrate(questions, method) for questions in (odd, turned))
    assert [r.score for r in first.after[-1]] == [r.score for r in second.after[-1]]
    assert first.curve != second.curve


@both
def test_a_scorer_that_parts_right_from_wrong_has_a_finite_curve(method) -> None:
    perfect = {f"{i}": [Rated(0.9, 1.0), Rated(0.1, 0.0)] for i in range(20)}
    curve = calibrate(perfect, method).curve
    assert curve.chance(0.9) > 0.9
    assert curve.chance(0.1) < 0.1


def test_platt_is_no_surer_than_so_many_labels_allow() -> None:
    perfect = [[Rated(0.9, 1.0)] * 20 + [Rated(0.1, 0.0)] * 30]
    curve = fit(perfect, "platt")
    assert (curve.chance(0.9), curve.chance(0.1)) == pytest.approx((21 / 22, 1 / 32), abs=1e-6)


@both
def test_scores_of_0_and_1_can_be_fitted_to(method) -> None:
    curve = calibrate({f"{i}": [Rated(1.0, float(i % 5 > 0)), Rated(0.0, float(i % 5 == 0))]
                       for i in range(50)}, method).curve  # fmt: skip
    assert (curve.chance(0), curve.chance(1)) == pytest.approx((0.2, 0.8), abs=0.02)


@both
def test_a_fold_whose_others_all_score_alike_is_given_their_share(method) -> None:
    alike = {f"{i}": [Rated(0.5, float(i % 2))] * 2 for i in range(20)}
    fitted = calibrate(alike | {"apart": [Rated(0.9, 1.0)] * 10}, method)
    (share,) = {r.score for r in fitted.after[-1]}
    assert share == pytest.approx(0.5, abs=0.15)


@both
@pytest.mark.parametrize("turn", [lambda s: 1 - s, lambda s: 0.5])
def test_where_higher_scores_are_not_more_often_right_there_is_no_curve(method, turn) -> None:
    turned = {q: [Rated(turn(r.score), r.target) for r in rated] for q, rated in TOO_SURE.items()}
    with pytest.raises(CalibrationError, match="higher scores are not more often right"):
        calibrate(turned, method)


@pytest.mark.parametrize(
    ("questions", "complaint"),
    [
        ({}, "0 labels are too few"),
        ({f"{i}": [0.0, 1.0] for i in range(9)}, "18 labels are too few to fit a curve to; 20"),
        ({"one": [0.0, 1.0] * 10}, "1 questions cannot be put into 5 folds"),
        ({f"{i}": [1.0] for i in range(20)}, "all 20 labels are right"),
        ({f"{i}": [0.0] for i in range(20)}, "all 20 labels are wrong"),
    ],
)
def test_labels_that_are_too_few_or_of_one_kind_are_refused(questions, complaint) -> None:
    with pytest.raises(CalibrationError, match=complaint):
        check_targets(questions, 5)


samples = st.builds(Rated, st.floats(0, 1), st.floats(0, 1))


@settings(max_examples=50)
@given(st.lists(samples, min_size=20, max_size=60), st.sampled_from(METHODS))
def test_whatever_is_rated_a_curve_is_found_or_refused(rated, method) -> None:
    try:
        curve = fit([rated], method)
    except CalibrationError:
        return
    chances = [curve.chance(r.score) for r in sorted(rated, key=lambda r: r.score)]
    assert all(0 <= chance <= 1 for chance in chances)
    assert all(a <= b + 1e-12 for a, b in pairwise(chances))


def test_a_platt_curve_is_the_likeliest() -> None:
    rated = [r for q in world(questions=30).values() for r in q]
    curve = fit([rated], "platt")
    best = value(log_loss, [[Rated(curve.chance(r.score), r.target) for r in rated]])
    for slope, intercept in ((1.1, 0), (0.9, 0), (1, 0.1), (1, -0.1)):
        other = Platt(slope=curve.slope * slope, intercept=curve.intercept + intercept)
        loss = value(log_loss, [[Rated(other.chance(r.score), r.target) for r in rated]])
        assert loss > best
    assert logit(0.5) == 0
