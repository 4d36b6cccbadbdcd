"""A row of the table, refined by what was seen of its strategies."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.outcomes import CannotFit
from evaluation.policy_fit import fit
from evaluation.posterior import Seen, prior_size
from evaluation.refining import options_of, place_of, refined, refined_row
from search.policy import Interval, Row
from search.policy.choice import PLAIN, gains, steps
from search.strategies import BeamSearch, BestOfN, OneSample
from tests.evaluation.test_policy_fit import ABOUT, outcomes

HARD = fit(outcomes(noise=0.15), ABOUT).policy.bins[2]
"""One plain sample is right in 0.09 for 10 tokens, beam search in 0.34 for 40."""
OPTIONS = options_of(HARD)
BEAM = place_of(BeamSearch(n=4), OPTIONS)
assert BEAM is not None


def seen_of(place: int, n: int, right: int) -> dict[int, Seen]:
    return {place: Seen(n, right, n, n * OPTIONS[place].tokens)}


def test_all_that_was_measured_is_known_once_and_one_plain_sample_first() -> None:
    strategies = [option.strategy for option in OPTIONS]
    assert strategies[0] == PLAIN
    assert BestOfN(n=64) in strategies
    assert all(strategies.count(strategy) == 1 for strategy in strategies)


def test_what_ends_a_step_is_the_models_affair_where_the_table_does_not_say() -> None:
    assert place_of(BeamSearch(n=4).with_step_end("\n"), OPTIONS) == BEAM
    assert place_of(BeamSearch(n=8), OPTIONS) is None
    assert place_of(BestOfN(n=5), OPTIONS) is None


def test_nothing_seen_changes_nothing() -> None:
    assert refined_row(HARD, {}, 20) is HARD


def test_what_was_not_seen_stays_as_it_was() -> None:
    row = refined_row(HARD, seen_of(BEAM, 400, 200), 20)
    before, after = ({o.strategy: o for o in options_of(r)} for r in (HARD, row))
    changed = {strategy for strategy in after if after[strategy] != before[strategy]}
    assert changed == {BeamSearch(n=4)}
    size = prior_size(OPTIONS[BEAM].accuracy, 20)
    right = size * OPTIONS[BEAM].accuracy.value + 200
    expected = pytest.approx(right / (size + 400), abs=1e-4)
    assert after[BeamSearch(n=4)].accuracy.value == expected


def test_a_strategy_that_turns_out_poor_is_no_longer_chosen() -> None:
    row = refined_row(HARD, seen_of(BEAM, 20_000, 1000), 20)
    assert [entry.best.strategy for entry in row.entries] == [
        OneSample(n=1), BestOfN(n=4), BestOfN(n=16), BestOfN(n=64)
    ]  # fmt: skip
    assert all(taken is None or taken.best.strategy != BeamSearch(n=4) for taken in steps(row))


def test_a_plain_sample_that_turns_out_good_is_searched_over_no_more() -> None:
    row = refined_row(HARD, seen_of(0, 20_000, 18_000), 20)
    assert row.plain.accuracy.value == pytest.approx(0.9, abs=0.01)
    assert steps(row) == [None] * len(HARD.entries)


def test_a_strategy_that_turns_out_too_dear_is_not_among_what_a_budget_pays() -> None:
    row = refined_row(HARD, {BEAM: Seen(400, 160, 400, 400 * 1000)}, 20)
    dear = {o.strategy: o.tokens for o in options_of(row)}.get(BeamSearch(n=4))
    for entry in row.entries:
        for option in (entry.best, *entry.runners_up):
            assert option.strategy != BeamSearch(n=4) or entry.budget >= dear


def test_budgets_that_pay_for_nothing_any_more_are_an_error() -> None:
    dear = {place: Seen(1e6, 0, 1e6, 1e12) for place in range(len(OPTIONS))}
    with pytest.raises(CannotFit, match="640 tokens any more"):
        refined_row(HARD, dear, 20)


def gain_at_40(row: Row) -> Interval:
    return next(entry.gain for entry in row.entries if entry.budget == 40)


def width(interval: Interval) -> float:
    return interval.high - interval.low


def test_a_gain_on_the_same_questions_is_as_sure_as_it_was_when_little_was_seen() -> None:
    old, new = gain_at_40(HARD), gain_at_40(refined_row(HARD, seen_of(BEAM, 1, 0), 20))
    assert width(new) == pytest.approx(width(old), abs=0.003)
    apart = sum(width(OPTIONS[place].accuracy) ** 2 for place in (0, BEAM)) ** 0.5
    assert width(new) < 0.9 * apart


def test_where_much_was_seen_of_one_a_gain_is_as_unsure_as_the_other() -> None:
    row = refined_row(HARD, seen_of(BEAM, 100_000, 33_510), 20)
    assert width(gain_at_40(row)) == pytest.approx(width(row.plain.accuracy), abs=0.003)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 3))
def test_a_refined_row_is_one_that_could_have_been_fitted(seed: int, dearer: float) -> None:
    chance = np.random.default_rng(seed)
    seen = {place: Seen(n := int(chance.integers(1, 300)), int(chance.integers(0, n + 1)), n,
                        n * option.tokens * dearer)
            for place, option in enumerate(OPTIONS) if chance.random() < 0.5}  # fmt: skip
    try:
        row = refined_row(HARD, seen, 20)
    except CannotFit:
        return
    assert Row.model_validate(row.model_dump(mode="json")) == row
    new = refined(OPTIONS, seen, 20)
    for entry in row.entries:
        paid = [option.accuracy.value for option in new if option.tokens <= entry.budget]
        assert entry.best.accuracy.value == max(paid)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_each_gain_is_over_what_is_taken_before_it(seed: int) -> None:
    chance = np.random.default_rng(seed)
    seen = {place: Seen(100, int(chance.integers(0, 101)), 100, 100 * option.tokens)
            for place, option in enumerate(OPTIONS)}  # fmt: skip
    row = refined_row(HARD, seen, 20)
    for entry, held in zip(row.entries, [None, *steps(row)[:-1]], strict=True):
        before = (row.plain if held is None else held.best).accuracy.value
        same = entry.best.strategy == (PLAIN if held is None else held.best.strategy)
        assert entry.gain.value == pytest.approx(0 if same else entry.best.accuracy.value - before)
        assert not (same and gains(entry.gain))
