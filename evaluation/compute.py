"""Accuracy over compute: curves, and how much less compute one takes than another point."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from evaluation.resampling import Floats, Resampled, spread
from search.policy import Interval

_ROUNDING = 1e-9
"""What means of the same numbers, summed up in another order, may differ by, and far more."""

Measures: TypeAlias = tuple[Floats, Floats]
"""Accuracy and tokens by question."""


@dataclass(frozen=True, slots=True)
class Point:
    """The mean tokens of a question, and the mean accuracy with its interval over questions."""

    tokens: float
    accuracy: Interval


def curve(accuracy: Floats, tokens: Floats, drawn: Resampled) -> tuple[Point, ...]:
    """Return the points of (Q, B) measures, one for each budget."""
    return tuple(
        Point(float(cost.mean()), drawn.mean(right))
        for right, cost in zip(accuracy.T, tokens.T, strict=True)
    )


def compute_ratio(ours: Measures, theirs: Measures, drawn: Resampled) -> Interval | None:
    """Return how many times fewer tokens ours take than theirs at their accuracy.

    Ours are (Q, B), a curve; theirs (Q,), one point. `None` if ours do not reach it. Where a draw
    of questions does not, ours take endlessly many: its ratio is 0.
    """

    def ratio(mean: Callable[[Floats], Floats]) -> Floats:
        accuracy, tokens, target, cost = map(mean, (*ours, *theirs))
        points = zip(np.atleast_2d(accuracy), np.atleast_2d(tokens), strict=True)
        taken = [tokens_for(*both, aim) for both, aim in zip(points, np.ravel(target), strict=True)]
        ratios: Floats = np.ravel(cost) / np.array(taken)
        return ratios

    value = float(ratio(lambda values: values.mean(axis=0))[0])
    return spread(value, ratio(drawn.means)) if value else None


def tokens_for(accuracy: Floats, tokens: Floats, target: float) -> float:
    """Return the fewest tokens that reach an accuracy, infinite if none do.

    (B,) points are joined by straight lines over the logarithm of the tokens, and a cheaper point
    that is no less accurate stands for a dearer one.
    """
    order = np.argsort(tokens, kind="stable")
    best, costs = np.maximum.accumulate(accuracy[order]), np.log2(tokens[order])
    at = int(np.searchsorted(best, target - _ROUNDING))
    if at == len(best):
        return float("inf")
    if at == 0:
        return float(2 ** costs[0])
    share = min(1.0, (target - best[at - 1]) / (best[at] - best[at - 1]))
    return float(2 ** (costs[at - 1] + share * (costs[at] - costs[at - 1])))
