from math import inf, log, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.difficulty import (
    agreement,
    bin_of,
    filled_edges,
    first_token,
    mean_score,
    pass_at_1,
    quantile_edges,
)
from search.errors import NotMeasurable

eases = st.lists(st.floats(0, 1), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("ease", "number"), [(0.1, 5), (0.2, 4), (0.59, 3), (0.6, 2), (0.95, 1), (-inf, 5), (inf, 1)]
)
def test_an_edge_belongs_to_the_easier_of_its_bins(ease: float, number: int) -> None:
    assert bin_of(ease, (0.2, 0.4, 0.6, 0.8)) == number


def test_an_ease_that_is_no_number_is_in_no_bin_and_in_no_edges() -> None:
    with pytest.raises(NotMeasurable):
        bin_of(nan, (0.5,))
    with pytest.raises(NotMeasurable):
        quantile_edges([0.5, nan])


def test_there_are_no_edges_of_nothing_and_none_of_no_bins() -> None:
    with pytest.raises(NotMeasurable):
        quantile_edges([])
    with pytest.raises(NotMeasurable):
        quantile_edges([0.5], bins=0)


def test_where_all_questions_are_alike_all_are_in_the_easiest_bin() -> None:
    edges = quantile_edges([0.3] * 7)
    assert edges == (0.3,) * 4
    assert bin_of(0.3, edges) == 1
    assert filled_edges(edges, [0.3] * 7) == ()


@given(eases, st.integers(1, 9))
def test_edges_are_numpys_quantiles(values: list[float], bins: int) -> None:
    wanted = np.quantile(values, [part / bins for part in range(1, bins)])
    edges = quantile_edges(values, bins)
    assert edges == pytest.approx(wanted.tolist())
    assert list(edges) == sorted(edges)


@given(st.sets(st.integers(0, 10**6), min_size=9), st.integers(1, 9))
def test_distinct_questions_are_parted_evenly(values: set[int], bins: int) -> None:
    edges = quantile_edges(list(values), bins)
    sizes = [sum(bin_of(v, edges) == n for v in values) for n in range(1, bins + 1)]
    assert sum(sizes) == len(values)
    assert max(sizes) - min(sizes) <= 2


@given(eases, st.floats(0, 1), st.floats(0, 1))
def test_an_easier_question_is_in_no_harder_bin(values, one: float, other: float) -> None:
    edges = quantile_edges(values)
    assert bin_of(max(one, other), edges) <= bin_of(min(one, other), edges)
    assert 1 <= bin_of(one, edges) <= 5


@given(eases, st.integers(1, 9), st.integers(1, 3))
def test_no_bin_that_is_left_holds_too_few(values, bins: int, least: int) -> None:
    edges = filled_edges(quantile_edges(values, bins), values, least)
    sizes = [sum(bin_of(v, edges) == n for v in values) for n in range(1, len(edges) + 2)]
    assert min(sizes) >= min(least, len(values))


def test_pass_at_1_looks_at_2048_samples() -> None:
    assert pass_at_1([True, False, False, False]) == 0.25
    assert pass_at_1([True] * 1024 + [False] * 1024 + [True] * 9) == 0.5


def test_pass_at_1_of_nothing_is_unknown() -> None:
    with pytest.raises(NotMeasurable):
        pass_at_1([])


def test_a_solution_without_a_score_has_no_part_in_the_mean() -> None:
    assert mean_score([0.2, None, 0.6]) == pytest.approx(0.4)
    assert mean_score([None, None]) is None


@pytest.mark.parametrize("score", [nan, -0.1, 1.1])
def test_a_score_that_is_none_is_refused(score: float) -> None:
    with pytest.raises(NotMeasurable):
        mean_score([0.5, score])


def test_samples_agree_by_the_entropy_of_their_answers() -> None:
    assert agreement([0, 0, 0, 0]) == 1
    assert agreement([0, 1, 2, 3]) == pytest.approx(0)
    entropy = -(0.75 * log(0.75) + 0.25 * log(0.25)) / log(4)
    assert agreement([0, 0, 1, 0]) == pytest.approx(1 - entropy)


def test_samples_without_an_answer_agree_with_none() -> None:
    assert agreement([None, None]) == pytest.approx(0)
    assert agreement([0, 0, None, None]) == pytest.approx(agreement([0, 0, 1, 2]))


def test_one_sample_agrees_with_nobody() -> None:
    with pytest.raises(NotMeasurable):
        agreement([0])


@given(st.lists(st.none() | st.integers(0, 5), min_size=2, max_size=40))
def test_agreement_is_in_0_to_1_whatever_the_order(groups) -> None:
    assert 0 <= agreement(groups) <= 1
    assert agreement(groups) == pytest.approx(agreement(groups[::-1]))


def test_first_tokens_are_as_likely_as_their_mean() -> None:
    assert first_token([log(0.5), log(0.25)]) == pytest.approx(0.375)
    assert first_token([1e-9, -inf]) == 0.5


@pytest.mark.parametrize("logprobs", [[], [nan]])
def test_first_tokens_that_are_not_known_say_nothing(logprobs: list[float]) -> None:
    with pytest.raises(NotMeasurable):
        first_token(logprobs)
