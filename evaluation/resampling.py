"""Questions drawn anew once, for the intervals of many measures of them.

The same percentile bootstrap as `training.measures.bootstrap`, on whole arrays at once.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from search.policy import Interval

Floats: TypeAlias = npt.NDArray[np.float64]

_DRAWS = 2000
_DIGITS = 4


class Resampled:
    """How often each of Q questions is drawn, (2000, Q), as shares of Q."""

    def __init__(self, questions: int, seed: int = 0) -> None:
        chance = np.random.default_rng(seed)
        even = np.full(questions, 1 / questions)
        self._shares: Floats = chance.multinomial(questions, even, size=_DRAWS) / questions

    def means(self, values: Floats) -> Floats:
        """Return the means of values of (Q,) or (Q, S) in each of the 2000 draws."""
        means: Floats = self._shares @ values
        return means

    def mean(self, values: Floats) -> Interval:
        """Return the mean of (Q,) values with its interval."""
        return spread(float(values.mean()), self.means(values))


def spread(value: float, drawn: Floats) -> Interval:
    """Return a value with the 95 % interval of what draws made of it, rounded for people."""
    low, high = np.quantile(drawn, (0.025, 0.975), method="nearest").tolist()
    return Interval(
        value=round(value, _DIGITS),
        low=round(min(low, value), _DIGITS),
        high=round(max(high, value), _DIGITS),
    )
