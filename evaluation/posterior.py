"""What an accuracy measured earlier comes to with what was seen since.

Source: Gelman et al. 2013, "Bayesian data analysis", section 2.4: a Beta prior, as if of n0 earlier
answers, and counts. n0 is p (1 - p) / se^2, of the earlier interval's half width of 1.96 se.

Knows numbers only. Needs the `evaluate` extra.
"""

from dataclasses import dataclass

from scipy.special import betaincinv, ndtri

from search.policy import Interval, Measured

_TAILS = (0.025, 0.975)
_Z = float(ndtri(_TAILS[1]))
_DIGITS = 4
_WIDTH = 10**-_DIGITS
"""Of an interval, at least, to say how much an accuracy is worth: tables are rounded."""
_LEAST = 0.5
"""Of a count, for the interval's sake: Jeffreys' prior has as much."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Answers with verdicts: how many, and how many right; parts of one count too.

    `tokens` are those of `priced` of them, of which they are known.
    """

    n: float = 0.0
    right: float = 0.0
    priced: float = 0.0
    tokens: float = 0.0

    def plus(self, weight: float, *, right: bool, tokens: float | None) -> "Seen":
        """Return it with one more answer, or with this part of one."""
        n, share = self.n + weight, self.right + weight * right
        if tokens is None:
            return Seen(n, share, self.priced, self.tokens)
        return Seen(n, share, self.priced + weight, self.tokens + weight * tokens)


def variance(interval: Interval) -> float:
    """Return the square of the standard error that a 95 % interval implies."""
    return ((interval.high - interval.low) / (2 * _Z)) ** 2


def normal(value: float, variance: float) -> Interval:
    """Return a value with its 95 % interval, rounded for people."""
    half = _Z * max(0.0, variance) ** 0.5
    return _rounded(value - half, value, value + half)


def prior_size(accuracy: Interval, questions: float) -> float:
    """Return how many answers an accuracy is worth that was measured earlier.

    `questions` are those it was measured on, as many answers as it is worth if its interval does
    not say: that has no width where all questions came to the same.
    """
    p = accuracy.value
    if accuracy.high - accuracy.low < _WIDTH or p in (0, 1):
        return questions
    return p * (1 - p) / variance(accuracy)


def updated(old: Measured, seen: Seen, questions: float) -> Measured:
    """Return an accuracy with its interval, and the mean tokens, with what was seen since."""
    size = prior_size(old.accuracy, questions)
    right = size * old.accuracy.value + seen.right
    wrong = size * (1 - old.accuracy.value) + seen.n - seen.right
    low, high = betaincinv(max(right, _LEAST), max(wrong, _LEAST), _TAILS).tolist()
    tokens = (size * old.tokens + seen.tokens) / (size + seen.priced)
    return Measured(accuracy=_rounded(low, right / (right + wrong), high), tokens=tokens)


def _rounded(low: float, value: float, high: float) -> Interval:
    return Interval(
        low=round(min(low, value), _DIGITS),
        value=round(value, _DIGITS),
        high=round(max(high, value), _DIGITS),
    )
