"""Scores are ratios of perplexities; what cannot be computed is no number."""

from math import exp, inf, isnan, nan

import pytest
from hypothesis import given
from hypothesis.strategies import floats, lists

from training.recycle.scores import Losses, Scores, loss, ratio

LOSSES = floats(0, 300)


def test_the_score_is_the_ratio_of_perplexities() -> None:
    assert ratio(1.0, 1.5) == pytest.approx(0.606531, abs=1e-4)
    assert ratio(1.0, 1.5) == pytest.approx(exp(1.0) / exp(1.5))


@given(LOSSES)
def test_a_context_that_does_not_help_scores_one(alone: float) -> None:
    assert ratio(alone, alone) == 1


@given(LOSSES, LOSSES, LOSSES)
def test_the_score_rises_with_the_loss_after_the_context(a: float, b: float, alone: float) -> None:
    low, high = sorted((a, b))
    assert ratio(low, alone) <= ratio(high, alone)


@given(LOSSES, LOSSES, LOSSES)
def test_the_score_falls_with_the_loss_alone(conditioned: float, a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert ratio(conditioned, low) >= ratio(conditioned, high)


@given(LOSSES, LOSSES)
def test_the_score_is_below_one_where_the_context_helps(conditioned: float, alone: float) -> None:
    assert (ratio(conditioned, alone) < 1) <= (conditioned < alone)
    assert ratio(conditioned, alone) > 0


@pytest.mark.parametrize("odd", [nan, inf, -inf])
def test_what_is_no_loss_gives_no_score(odd: float) -> None:
    assert all(isnan(found) for found in (ratio(odd, 1), ratio(1, odd), ratio(odd, odd)))


@pytest.mark.parametrize("losses", [(1e4, 0), (0, 1e4)])
def test_a_ratio_beyond_numbers_is_none_rather_than_infinite_or_nothing(losses) -> None:
    assert isnan(ratio(*losses))


@given(lists(floats(-50, 0), min_size=1))
def test_a_loss_is_the_mean_of_what_the_tokens_cost(logprobs: list[float]) -> None:
    assert loss(logprobs) == pytest.approx(-sum(logprobs) / len(logprobs), abs=1e-9)


def test_no_tokens_have_no_loss() -> None:
    assert isnan(loss(()))


def test_scores_that_are_missing_say_why() -> None:
    scores = Scores.of(
        Losses(1.0, nan, inf, 1.0), tokens=(3, 1), missing=("response_of_one_token", None)
    )
    assert isnan(scores.ifd)
    assert isnan(scores.r_ifd)
    assert (scores.ifd_missing, scores.r_ifd_missing) == ("response_of_one_token", "no_number")
