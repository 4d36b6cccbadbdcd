"""Compute of pre-training exchanged for compute at test time: the arithmetic.

Source: Snell et al. 2024, arXiv:2408.03314, section 7. P parameters trained on D_pretrain tokens,
and asked for D_inference, cost X = 6 P D_pretrain and Y = 2 P D_inference FLOPs; M times the
parameters cost M (X + Y). R is D_inference / D_pretrain.

Knows numbers, not runs.
"""

from math import inf, isfinite

RATIOS = (0.16, 0.79, 22.0)
"""The values of R in the paper."""


class ExchangeError(Exception):
    """Test-time and pre-training compute cannot be compared."""


class NotAQuantity(ExchangeError):
    """`value` cannot be the `name` of anything."""

    def __init__(self, name: str, value: float, least: str) -> None:
        super().__init__(f"{name} is {value:g}, and must be a number {least}")
        self.name, self.value = name, value


def pretraining_flops(parameters: float, tokens: float) -> float:
    """Return X, what it costs to train so many parameters on so many tokens."""
    return 6 * _positive("parameters", parameters) * _counted("tokens", tokens)


def inference_flops(parameters: float, tokens: float) -> float:
    """Return Y, what it costs to draw so many tokens of so many parameters."""
    return 2 * _positive("parameters", parameters) * _counted("tokens", tokens)


def enlarged_flops(m: float, pretraining: float, inference: float) -> float:
    """Return M (X + Y): what M times the parameters cost, trained and asked as before."""
    return _multiple(m) * (_counted("X", pretraining) + _counted("Y", inference))


def allowance(m: float, r: float) -> float:
    """Return by how much the small model may scale its inference to cost what the large one does.

    It is M + 3 (D_pretrain / D_inference) (M - 1), never less than M.

    Args:
        m: the large model's parameters over the small one's, at least 1.
        r: D_inference / D_pretrain, above 0.

    Raises:
        NotAQuantity: one of them is out of its range, or the result is.
    """
    factor = _multiple(m) + 3 * (m - 1) / _positive("R", r)
    if not isfinite(factor):
        raise NotAQuantity("the small model's allowance", factor, "that is finite")
    return factor


def parameters_ratio(small: float, large: float) -> float:
    """Return M of two models of so many parameters.

    Raises:
        NotAQuantity: one is none, or the large model is the smaller one.
    """
    m = _positive("large parameters", large) / _positive("small parameters", small)
    return _multiple(m)


def _multiple(m: float) -> float:
    return _at_least(1, "M", m)


def _counted(name: str, value: float) -> float:
    return _at_least(0, name, value)


def _at_least(least: int, name: str, value: float) -> float:
    if not least <= value < inf:
        raise NotAQuantity(name, value, f"from {least} up")
    return value


def _positive(name: str, value: float) -> float:
    if not 0 < value < inf:
        raise NotAQuantity(name, value, "above 0")
    return value
