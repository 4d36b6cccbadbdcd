from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.exchange import (
    NotAQuantity,
    allowance,
    enlarged_flops,
    inference_flops,
    parameters_ratio,
    pretraining_flops,
)

multiples = st.floats(1, 1e4)
ratios = st.floats(1e-4, 1e4)


@pytest.mark.parametrize(("r", "expected"), [(0.16, 257.75), (0.79, 63.3671), (22, 15.7727)])
def test_a_model_of_a_14th_may_draw_so_much_more(r: float, expected: float) -> None:
    assert allowance(14, r) == pytest.approx(expected, abs=1e-4)


@given(ratios)
def test_a_model_as_large_may_draw_as_much_and_no_more(r: float) -> None:
    assert allowance(1, r) == 1


@given(multiples)
def test_where_nearly_all_compute_is_inference_m_times_as_much_is_allowed(m: float) -> None:
    assert allowance(m, 1e12) == pytest.approx(m)


@given(multiples, st.floats(1e-3, 10), ratios)
def test_against_a_larger_model_more_is_allowed(m: float, more: float, r: float) -> None:
    assert allowance(m + more, r) > allowance(m, r)


@given(st.floats(1.01, 1e4), ratios, st.floats(1.01, 100))
def test_the_more_is_drawn_for_each_trained_token_the_less_is_allowed(
    m: float, r: float, times: float
) -> None:
    assert m <= allowance(m, r * times) < allowance(m, r)


@given(st.floats(1, 1e3), st.floats(1e6, 1e12), st.floats(1e6, 1e13), st.floats(1e6, 1e13))
def test_what_is_allowed_makes_the_small_model_cost_what_the_large_one_does(
    m: float, p: float, trained: float, drawn: float
) -> None:
    factor = allowance(m, drawn / trained)
    small = pretraining_flops(p, trained) + inference_flops(p, factor * drawn)
    x, y = pretraining_flops(p, trained), inference_flops(p, drawn)
    assert small == pytest.approx(enlarged_flops(m, x, y))
    assert small == pytest.approx(pretraining_flops(m * p, trained) + inference_flops(m * p, drawn))


def test_training_costs_6_and_drawing_2_flops_a_parameter_and_token() -> None:
    assert (pretraining_flops(10, 100), inference_flops(10, 100)) == (6000, 2000)
    assert enlarged_flops(14, 6000, 2000) == 14 * 8000


@pytest.mark.parametrize(
    ("m", "r", "complaint"),
    [
        (0.5, 1, "M is 0.5, and must be a number from 1 up"),
        (nan, 1, "M is nan"),
        (inf, 1, "M is inf"),
        (14, 0, "R is 0, and must be a number above 0"),
        (14, -1, "R is -1"),
        (14, nan, "R is nan"),
        (14, inf, "R is inf"),
        (14, 5e-324, "the small model's allowance is inf"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(m: float, r: float, complaint: str) -> None:
    with pytest.raises(NotAQuantity, match=complaint):
        allowance(m, r)


def test_m_is_the_ratio_of_parameters() -> None:
    assert parameters_ratio(1e9, 14e9) == 14
    with pytest.raises(NotAQuantity, match=r"M is 0\.5"):
        parameters_ratio(2e9, 1e9)
    with pytest.raises(NotAQuantity, match="small parameters is 0"):
        parameters_ratio(0, 1e9)


@pytest.mark.parametrize("flops", [pretraining_flops, inference_flops])
def test_flops_of_less_than_nothing_are_refused(flops) -> None:
    with pytest.raises(NotAQuantity, match="parameters is 0"):
        flops(0, 1)
    with pytest.raises(NotAQuantity, match="tokens is -1"):
        flops(1, -1)
