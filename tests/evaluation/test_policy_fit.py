"""A policy fitted to outcomes of which the truth is known."""

from dataclasses import replace
from datetime import date
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.calibration import folds_of
from evaluation.compute import compute_ratio, tokens_for
from evaluation.outcomes import CannotFit, Outcomes
from evaluation.policy_fit import About, choose, crossed, fit
from evaluation.resampling import Resampled
from search.policy import read, write
from search.strategies import BeamSearch, BestOfN, OneSample

STRATEGIES = (OneSample(n=1), BestOfN(n=4), BestOfN(n=16), BestOfN(n=64), BeamSearch(n=4))
COST = np.array([10.0, 40, 160, 640, 40])
EASY, HARD = np.array([0.9, 0.9, 0.9, 0.9, 0.8]), np.array([0.1, 0.2, 0.3, 0.36, 0.4])
ABOUT = About("m", "score", samples=4, command="fit", date=date(2026, 1, 2), bins=2)


def outcomes(each: int = 20, noise: float = 0.02) -> Outcomes:
    """Half the questions are easy and gain from nothing, beam search is best for the others."""
    chance = np.random.default_rng(1)
    means = np.repeat([EASY, HARD], each, axis=0)
    return Outcomes(
        questions=[f"Question {i}?" for i in range(2 * each)],
        ease=np.repeat([0.8, 0.3], each) + chance.uniform(0, 0.1, 2 * each),
        strategies=STRATEGIES,
        accuracy=np.clip(means + chance.normal(0, noise, means.shape), 0, 1),
        tokens=np.tile(COST, (2 * each, 1)),
        budgets=(10, 40, 160, 640),
        baseline=(0, 1, 2, 3),
        probe_tokens=np.zeros((2 * each, len(STRATEGIES))),
    )  # fmt: skip


def test_each_bin_gets_what_is_best_and_no_more_than_pays() -> None:
    policy = fit(outcomes(), ABOUT).policy
    easy, hard = (policy.choose(number, 1000) for number in (1, 2))
    assert (easy.strategy, easy.tokens) == (OneSample(n=1), 10)
    assert (hard.strategy, hard.tokens) == (BeamSearch(n=4), 40)
    assert hard.accuracy.low <= 0.4 <= hard.accuracy.high
    assert [one.strategy.kind for one in hard.runners_up] == ["best_of_n", "sample"]


def test_a_fitted_policy_survives_its_file(tmp_path) -> None:
    policy = fit(outcomes(), ABOUT).policy
    write(policy, tmp_path / "policy.yaml")
    assert read(tmp_path / "policy.yaml") == policy
    assert policy.fitted_on.data == outcomes().data != outcomes(noise=0.03).data


def test_what_a_question_came_to_never_chooses_for_itself() -> None:
    clean = outcomes()
    before = crossed(clean, 2, seed=0)[0]
    for place in range(len(clean.questions)):
        dear = clean.tokens.copy()
        dear[place] *= 1e9
        after = crossed(replace(clean, tokens=dear), 2, seed=0)[0]
        assert (after[place] == before[place]).all()


def test_poison_in_one_fold_changes_the_choice_for_the_other_only() -> None:
    clean = outcomes(noise=0)
    poisoned, before = clean.accuracy.copy(), crossed(clean, 2, seed=0)[1]
    first = folds_of(clean.questions[:20], 2, 0)[0]
    fold = [place for place in range(20) if clean.questions[place] in first]
    poisoned[fold] = [0, 0, 0, 1, 0]
    after = crossed(replace(clean, accuracy=poisoned), 2, seed=0)[1]
    assert (after[fold] == before[fold]).all()
    others = [place for place in range(20) if place not in fold]
    assert (after[others, -1] == 640).all()
    assert (before[others, -1] == 10).all()


def test_the_strategy_measured_on_one_half_is_the_best_of_the_other_even_if_worse() -> None:
    clean = outcomes()
    half = list(range(20, 30))
    poisoned = clean.accuracy.copy()
    poisoned[30:, 4] = 0
    chosen = choose(replace(clean, accuracy=poisoned), half, seed=0)
    assert [place for place, _, _ in chosen] == [0, 4, 4, 4]


def test_the_policy_takes_less_for_the_accuracy_of_the_last_of_the_baseline() -> None:
    fitted = fit(outcomes(), ABOUT)
    assert [point.tokens for point in fitted.baseline] == [10, 40, 160, 640]
    assert fitted.curve[-1].tokens == 25
    assert fitted.ratio.low > 20
    assert fitted.oracle is None


def test_the_probe_is_on_the_policys_bill() -> None:
    clean = outcomes()
    fitted = fit(replace(clean, probe_tokens=np.full((40, 5), 100.0)), ABOUT)
    assert [point.tokens for point in fitted.curve] == [110, 125, 125, 125]
    assert fitted.ratio.value < fit(clean, ABOUT).ratio.value


def test_a_strategy_that_can_use_the_probe_pays_for_the_rest_of_it_only() -> None:
    clean = outcomes(noise=0)
    probe = np.maximum(0, 30 - clean.tokens)
    probe[:, 4] = 30
    fitted = fit(replace(clean, probe_tokens=probe), ABOUT)
    # A half takes one sample of 10 and 20 more of the probe, the other beam search and a probe.
    assert fitted.curve[-1].tokens == (30 + 70) / 2


def test_the_oracles_curve_pays_for_no_probe() -> None:
    clean = outcomes()
    known = replace(clean, oracle_ease=clean.ease, probe_tokens=np.full((40, 5), 100.0))
    assert fit(known, ABOUT).oracle == fit(clean, ABOUT).curve


def test_bins_by_the_oracle_have_a_curve_of_their_own() -> None:
    clean = outcomes()
    blind = replace(clean, ease=np.full(40, 0.5), oracle_ease=clean.ease)
    fitted = fit(blind, ABOUT)
    assert fitted.policy.edges == ()
    assert fitted.oracle[-1].accuracy.value > fitted.curve[-1].accuracy.value


def test_noise_alone_is_rarely_searched_for() -> None:
    searched = 0
    for seed in range(40):
        luck = np.random.default_rng(seed).binomial(1, 0.5, (40, 5)).astype(float)
        chosen = choose(replace(outcomes(), accuracy=luck), range(40), seed)
        searched += chosen[-1][0] != 0
    assert searched <= 12


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"accuracy": np.full((40, 5), np.nan)}, "accuracy is to be"),
        ({"accuracy": np.full((40, 5), 1.5)}, r"not in \[0, 1\]"),
        ({"tokens": np.zeros((40, 5))}, "no tokens"),
        ({"ease": np.zeros(3)}, "ease is to be"),
        ({"questions": ["same"] * 40}, "none twice"),
        ({"strategies": STRATEGIES[1:] + STRATEGIES[1:2]}, "one plain sample"),
        ({"budgets": (40, 10)}, "budgets do not rise"),
        ({"baseline": ()}, "no baseline"),
    ],
)
def test_outcomes_that_make_no_sense_are_refused(change, said: str) -> None:
    with pytest.raises(CannotFit, match=said):
        replace(outcomes(), **change)


def test_budgets_that_pay_for_nothing_are_refused() -> None:
    with pytest.raises(CannotFit, match="paid by 9 tokens"):
        fit(replace(outcomes(), budgets=(5, 9)), ABOUT)


def test_compute_is_interpolated_over_its_logarithm() -> None:
    accuracy, tokens = np.array([0.2, 0.4, 0.3, 0.6]), np.array([10.0, 40, 80, 160])
    assert tokens_for(accuracy, tokens, 0.3) == pytest.approx(20)
    assert tokens_for(accuracy, tokens, 0.4) == pytest.approx(40)
    assert tokens_for(accuracy, tokens, 0.1) == pytest.approx(10)
    assert tokens_for(accuracy, tokens, 0.7) == inf


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(1, 1e6)), min_size=1, max_size=9),
       st.floats(0, 1), st.floats(0, 1))  # fmt: skip
def test_more_accuracy_never_takes_fewer_tokens(points, one: float, other: float) -> None:
    accuracy, tokens = np.array(points).T
    less, more = (tokens_for(accuracy, tokens, aim) for aim in sorted((one, other)))
    assert min(tokens) * (1 - 1e-9) <= less <= more * (1 + 1e-9)


def test_an_accuracy_that_is_never_reached_has_no_ratio() -> None:
    ours = (np.full((9, 2), 0.5), np.full((9, 2), 10.0))
    assert compute_ratio(ours, (np.full(9, 0.6), np.full(9, 10.0)), Resampled(9)) is None


def test_the_ratio_of_what_is_sure_has_no_spread() -> None:
    ours = (np.tile([0.2, 0.6], (9, 1)), np.tile([10.0, 160], (9, 1)))
    ratio = compute_ratio(ours, (np.full(9, 0.4), np.full(9, 160.0)), Resampled(9))
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx((4, 4, 4), abs=1e-3)


def test_an_accuracy_that_is_the_same_but_for_rounding_is_reached_in_every_draw() -> None:
    same = np.random.default_rng(1).integers(0, 17, 140) / 16
    ours = np.stack([same * 0, same], axis=1), np.tile([10.0, 20.0], (140, 1))
    ratio = compute_ratio(ours, (same, np.full(140, 40.0)), Resampled(140))
    assert ratio is not None
    assert (ratio.low, ratio.value, ratio.high) == pytest.approx((2, 2, 2))


def test_the_same_seed_draws_the_same_interval_which_holds_the_mean() -> None:
    values = np.random.default_rng(0).uniform(size=50)
    first, second = (Resampled(50, 3).mean(values) for _ in range(2))
    assert first == second != Resampled(50, 4).mean(values)
    assert first.low < values.mean() < first.high
