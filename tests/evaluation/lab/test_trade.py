from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.exchange import NotAQuantity
from evaluation.lab.trade import Parameters, traded
from tests.evaluation.lab.trade_world import PARAMETERS, entry


@pytest.mark.parametrize(("ratio", "n"), [(0.16, 257), (0.79, 63), (22, 15)])
def test_the_small_model_has_as_many_samples_as_the_exchange_allows(ratio, n):
    [terms] = traded([entry(of=300)], PARAMETERS, 0, (ratio,)).terms
    assert (terms.n, terms.capped) == (n, False)


def test_more_samples_than_there_are_is_capped_and_said():
    found = traded([entry(of=63)], PARAMETERS, 0)
    assert [(one.n, one.capped) for one in found.terms] == [(63, True), (63, False), (15, False)]


def test_flops_are_of_the_tokens_really_drawn():
    [terms] = traded([entry(of=20)], PARAMETERS, 0, (22.0,)).terms
    assert terms.spent_flops == 2 * 100 * 15 * 10
    assert terms.matched_flops == pytest.approx(6 * 1300 * 10 / 22 + 2 * 1400 * 20)
    assert terms.verifier_flops == 2 * 1000 * 15 * (6 + 10)


@given(st.integers(1, 10**9), st.integers(0, 10**9), st.floats(0.01, 100))
def test_answers_of_one_length_cost_as_much_as_the_paper_allows(small, more, ratio):
    parameters = Parameters(small, small + more, 1)
    [terms] = traded([replace(entry(), large_tokens=10)], parameters, 0, (ratio,)).terms
    assert terms.matched_flops == pytest.approx(terms.allowed * 2 * small * 10)


def test_a_larger_model_that_is_smaller_is_refused():
    with pytest.raises(NotAQuantity):
        traded([entry()], Parameters(2, 1, 1), 0)


def test_a_bin_is_won_by_who_solves_more_of_it():
    easy = [entry(3, 4, large=False, name=f"e{i}") for i in range(8)]
    hard = [entry(0, 4, name=f"h{i}") for i in range(8)]
    bins = {one.bin: one for one in traded([*easy, *hard], PARAMETERS, 0).bins[:3]}
    winners = {number: {duel.winner for duel in one.duels} for number, one in bins.items()}
    assert winners == {1: {"test-time"}, 3: {"pre-training"}, None: {"neither"}}


def test_bins_are_by_right_answers_and_by_the_verifier():
    fooled = replace(entry(0, 4, name="fooled"), scores=(1.0,) * 4)
    found = traded([fooled, entry(4, 4)], PARAMETERS, 0).bins
    alone = {(one.by, one.bin): one.pass_at_1 for one in found}
    assert alone["oracle", 1] == alone["predicted", 5] == 1
    assert alone["oracle", 5] == alone["predicted", 1] == 0


def test_a_few_right_samples_win_by_their_scores_and_lose_by_their_number():
    found = traded([entry(2, 8)], PARAMETERS, 0, (22.0,)).bins[0]
    assert {duel.arm: duel.small for duel in found.duels} == {"weighted": 1, "majority": 0}


def test_figures_are_differences_by_bin_ratio_and_vote():
    figures = traded([entry(4, 4, large=False)] * 6, PARAMETERS, 0).plain["figures"]
    assert figures["oracle_all_r_0.16_weighted"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert len(figures) == 2 * 2 * 3 * 2
