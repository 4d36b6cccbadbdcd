"""What counts of right answers say, and how surely they say it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod, sqrt

from training.measures import bootstrap, interval, resampled

_Z_95 = 1.959963984540054
"""The standard normal's quantile at 97.5 %: 95 % leaves out 2.5 % on each side."""


def wilson(right: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a proportion, both ends in [0, 1]; all of it without data.

    Unlike the usual normal approximation it holds for few questions and near 0 and 1. `right` may
    be a sum of chances to be right; the interval is then too wide, if anything.

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference",
    JASA 22, p. 209; recommended for small n by Brown, Cai and DasGupta 2001, section 4.
    """
    if n == 0:
        return 0.0, 1.0
    z2, p = _Z_95**2, right / n
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z_95 * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    low = 0.0 if right == 0 else middle - half
    high = 1.0 if right == n else middle + half
    return low, high


def pass_at_k(n: int, c: int, k: int) -> float:
    """Estimate P(one of k solutions is right) from n independent ones of which c are right.

    The estimate 1 - C(n-c, k) / C(n, k) is unbiased for k <= n. Solutions that were not drawn
    count as wrong: for k > n it is pass@n, so 0 of 0 is 0.

    Source: Chen et al. 2021, arXiv:2107.03374, section 2.1; the rule for k > n,
    arXiv:2409.03733, section 5.
    """
    if c == 0:
        return 0.0
    if n - c < k:
        return 1.0
    return 1.0 - prod(1 - k / i for i in range(n - c + 1, n + 1))


def ratio(
    ours: Sequence[float], theirs: Sequence[float], seed: int = 0
) -> tuple[float, tuple[float, float]]:
    """Return the ratio of two totals over the same (N,) questions, and its 95 % interval.

    Questions are drawn anew with both values of each together; see `bootstrap`. `theirs` are
    positive.
    """
    pairs = list(zip(ours, theirs, strict=True))
    interval = bootstrap(len(pairs), lambda drawn: _ratio([pairs[i] for i in drawn]), seed)
    return _ratio(pairs), interval


def _ratio(pairs: Sequence[tuple[float, float]]) -> float:
    return sum(ours for ours, _ in pairs) / sum(theirs for _, theirs in pairs)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measure's value, and its 95 % interval."""

    value: float
    low: float
    high: float


def mean(values: Sequence[float], seed: int = 0) -> Estimate:
    """Return the mean over (N,) questions; see `bootstrap`."""
    n = len(values)
    low, high = bootstrap(n, lambda drawn: sum(values[i] for i in drawn) / n, seed)
    return Estimate(sum(values) / n, low, high)


@dataclass(frozen=True, slots=True)
class Difference:
    """A mean difference over questions, its 95 % interval, and its two-sided p-value."""

    value: float
    low: float
    high: float
    p: float


def paired(differences: Sequence[float], seed: int = 0) -> Difference:
    """Return the mean of (N,) questions' differences, and whether it may be chance.

    p is twice the share of resamples that are 0 or on the other side of it, at most 1. It is never
    0, as what was observed counts as one of them: Davison and Hinkley 1997, "Bootstrap methods and
    their application", section 4.2.
    """
    n = len(differences)
    found = resampled(n, lambda drawn: sum(differences[i] for i in drawn) / n, seed)
    low, high = interval(found)
    other = min(sum(f <= 0 for f in found), sum(f >= 0 for f in found))
    p = min(1.0, 2 * (other + 1) / (len(found) + 1))
    return Difference(sum(differences) / n, low, high, p)
