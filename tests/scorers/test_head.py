import json
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorers.base import ScorerUnavailable
from scorers.head import Head, read_head
from tests.scorers.heads import BY_TWO, head_file

TWO_LAYERS = [
    {"weights": [[1.0, -1.0], [0.5, 0.5], [2.0, 0.0]], "bias": [0.0, -1.0, 0.5]},
    {"weights": [[1.0, 2.0, -1.0]], "bias": [0.25]},
]
NUMBER = st.floats(-1e3, 1e3)


def head(**fields: object) -> Head:
    return Head.model_validate(BY_TWO | fields)


def logistic(x: float) -> float:
    return 1 / (1 + exp(-x))


def test_a_linear_head_is_a_logistic_regression():
    assert head().probability([2.0, 1.0]) == pytest.approx(logistic(2.0 - 0.5 + 0.25))


def test_an_mlp_puts_its_activation_between_the_layers():
    given_ = head(kind="mlp", layers=TWO_LAYERS, activation="relu").probability([1.0, 3.0])
    assert given_ == pytest.approx(logistic(0.0 + 2 * 1.0 - 2.5 + 0.25))


@pytest.mark.parametrize(("how", "at_one"), [("gelu", 0.8413447), ("tanh", 0.7615942)])
def test_the_other_activations_are_the_usual_ones(how: str, at_one: float):
    layers = [{"weights": [[1.0]], "bias": [0.0]}] * 2
    assert head(kind="mlp", layers=layers, activation=how).probability([1.0]) == pytest.approx(
        logistic(at_one)
    )


def test_calibration_scales_and_shifts_the_logit():
    fitted = head(calibration={"scale": 0.5, "shift": -1.0})
    assert fitted.probability([2.0, 1.0]) == pytest.approx(logistic(0.5 * 1.75 - 1.0))


@given(st.lists(NUMBER, min_size=2, max_size=2))
def test_a_reward_is_a_probability_whatever_the_state(state: list[float]):
    assert 0 <= head(kind="mlp", layers=TWO_LAYERS).probability(state) <= 1


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"layers": TWO_LAYERS}, "kind linear does not have 2 layers"),
        ({"kind": "mlp"}, "kind mlp does not have 1 layers"),
        ({"kind": "mlp", "layers": TWO_LAYERS[::-1]}, "does not take what"),
        ({"layers": TWO_LAYERS[:1]}, "gives 3 numbers"),
        ({"layers": [{"weights": [[1.0], [1.0, 2.0]], "bias": [0, 0]}]}, "differ in length"),
        ({"layers": [{"weights": [[1.0]], "bias": [0, 0]}]}, "have 2 biases"),
        ({"layout": {"separator": "\n", "prefix": "", "gaps": "x"}}, "layout.Layout.gaps"),
        ({"domain": "("}, "pattern"),
        ({"more": 1}, "more"),
    ],
)
def test_a_file_that_is_no_head_is_refused_with_the_reason(tmp_path, fields, why):
    with pytest.raises(ScorerUnavailable, match=why):
        read_head(head_file(tmp_path, **fields))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "null", '"x"'])
def test_weights_are_numbers(tmp_path, number: str):
    file = tmp_path / "head.json"
    file.write_text(json.dumps(BY_TWO).replace("-0.5", number))
    with pytest.raises(ScorerUnavailable, match=r"layers\.0\.weights\.0\.1"):
        read_head(file)


def test_a_head_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(ScorerUnavailable, match=r"there is no head .*none\.json"):
        read_head(tmp_path / "none.json")
