"""What a report says of outcomes that can be worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.compute import Point, tokens_for
from evaluation.outcomes import Outcomes
from evaluation.policy_findings import Findings, findings, shares
from evaluation.policy_fit import About, fit
from search.policy import Interval
from search.strategies import BeamSearch, OneSample
from tests.evaluation.test_policy_fit import ABOUT, STRATEGIES, outcomes


def found(measured: Outcomes, about: About = ABOUT) -> Findings:
    return findings(measured, fit(measured, about), about)


SURE = outcomes(noise=0)
"""Bin 1 gains from nothing; in bin 2 beam search is best, and takes 40 tokens."""
FOUND = found(SURE)


def test_each_bin_has_its_questions_and_the_eases_between_its_edges() -> None:
    (edge,) = FOUND.edges
    shown = [(part.number, part.questions, part.low, part.high) for part in FOUND.bins]
    assert shown == [(1, 20, edge, None), (2, 20, None, edge)]
    assert 0.4 < edge < 0.8


def test_of_several_edges_the_easiest_bin_is_above_the_last() -> None:
    many = found(replace(SURE, ease=np.arange(40) / 40), replace(ABOUT, bins=4))
    low, middle, high = many.edges
    assert [(part.low, part.high) for part in many.bins] == [
        (high, None), (middle, high), (low, middle), (None, low)]  # fmt: skip
    assert [part.questions for part in many.bins] == [10] * 4


def test_strategies_that_differ_in_n_are_one_family_by_rising_tokens() -> None:
    order = [2, 1, 0, 3, 4]
    mixed = replace(SURE, strategies=[STRATEGIES[place] for place in order],
                    accuracy=SURE.accuracy[:, order], tokens=SURE.tokens[:, order],
                    baseline=(2, 1, 0, 3))  # fmt: skip
    hard = {one.name: one.options for one in found(mixed).bins[1].families}
    assert hard.keys() == {"sample", "best_of_n", "beam_search"}
    shown = [(o.strategy.n, o.tokens, o.accuracy.value) for o in hard["best_of_n"]]
    assert shown == [(4, 40, 0.2), (16, 160, 0.3), (64, 640, 0.36)]


def test_the_curves_are_those_that_were_fitted() -> None:
    assert [(at.budget, at.tokens, at.accuracy.value) for at in FOUND.auto] == [
        (10, 10, 0.5), (40, 25, 0.65), (160, 25, 0.65), (640, 25, 0.65)]  # fmt: skip
    assert [one.option.accuracy.value for one in FOUND.baseline] == [0.5, 0.55, 0.6, 0.63]
    assert FOUND.oracle is None
    knowing = found(replace(SURE, ease=np.full(40, 0.5), oracle_ease=SURE.ease))
    assert [at.tokens for at in knowing.oracle] == [10, 25, 25, 25]


def test_at_equal_compute_gains_are_of_the_same_questions() -> None:
    gains = [(one.auto.value, one.gain.value) for one in FOUND.baseline]
    assert gains == [(0.5, 0), (0.65, 0.1), (0.65, 0.05), (0.65, 0.02)]
    last = FOUND.baseline[-1].gain
    assert 0.012 < last.low < 0.02 < last.high < 0.028


def test_what_auto_cannot_be_had_for_is_not_compared() -> None:
    fitted = fit(SURE, ABOUT)
    dear = tuple(replace(point, tokens=point.tokens + 20) for point in fitted.curve)
    first, second, *_ = findings(SURE, replace(fitted, curve=dear), ABOUT).baseline
    assert (first.auto, first.gain) == (None, None)
    assert 0.5 < second.auto.value < 0.65


def test_each_bin_and_budget_has_what_is_chosen_and_why() -> None:
    easy, hard = (part.cells for part in FOUND.bins)
    assert [cell.chosen.strategy for cell in easy] == [OneSample(n=1)] * 4
    assert [cell.chosen.strategy for cell in hard] == [OneSample(n=1)] + [BeamSearch(n=4)] * 3
    assert (hard[1].gain.value, hard[1].chosen.accuracy.value) == (0.3, 0.4)
    assert [option.strategy.kind for option in hard[1].runners_up] == ["best_of_n", "sample"]
    assert hard[1].reason.startswith("beam_search: in bin 2 of 2 it gains 30.0 points")


def test_a_budget_that_pays_for_nothing_has_no_best() -> None:
    first = found(replace(SURE, budgets=(5, 40))).bins[0].cells[0]
    assert (first.best, first.gain, first.chosen.tokens) == (None, None, 5)


def test_the_sentences_are_of_the_last_of_the_baseline() -> None:
    assert FOUND.compute.startswith("auto reaches best-of-64's accuracy with 28.9 x less compute")
    assert FOUND.equal_compute.startswith("For the compute of best-of-64, 640 tokens a question")
    worse = replace(SURE, accuracy=SURE.accuracy * [1, 1, 1, 0.5, 1], baseline=(0, 4))
    assert "beam_search n=4" in found(worse).compute


def curve(*points: tuple[float, float]) -> list[Point]:
    return [Point(tokens, Interval(low=right, value=right, high=right)) for tokens, right in points]


def test_between_points_each_has_its_share_by_the_logarithm() -> None:
    line = curve((10, 0.2), (160, 0.6), (40, 0.4))
    assert shares(line, 80) == pytest.approx([0, 0.5, 0.5])
    assert shares(line, 9) is None
    assert shares(line, 1e6) == pytest.approx([0, 1, 0])


def test_a_cheaper_point_that_is_no_less_accurate_stands_for_a_dearer_one() -> None:
    assert shares(curve((10, 0.4), (40, 0.3), (160, 0.6)), 80) == pytest.approx([0.5, 0, 0.5])
    assert shares(curve((10, 0.4), (40, 0.4)), 80) == pytest.approx([1, 0])


@given(st.lists(st.tuples(st.floats(1, 1e6), st.floats(0, 1)), min_size=1, max_size=8),
       st.floats(1, 1e7))  # fmt: skip
def test_what_tokens_come_to_takes_no_more_than_those_tokens(points, tokens: float) -> None:
    parts = shares(curve(*points), tokens)
    cost, right = np.array(points).T
    if parts is None:
        assert tokens < cost.min()
        return
    assert parts.sum() == pytest.approx(1)
    assert (parts >= 0).all()
    assert tokens_for(right, cost, float(right @ parts) - 1e-9) <= tokens * (1 + 1e-6)
