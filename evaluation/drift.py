"""How far the questions of traffic are from those a policy was fitted on, by difficulty.

Its edges are quantiles, so that its own questions fall into the bins in equal parts, or nearly so
where edges were left out; the table does not say more.
Needs the `evaluate` extra.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from scipy.special import chdtrc

_HALF = 0.5
"""Added to each bin, as the logarithm of an empty one is not finite."""


@dataclass(frozen=True, slots=True)
class Drift:
    """How traffic falls into the bins, against equal parts.

    Attributes:
        shares: of traffic, by bin, from the easiest on.
        stability: the population stability index; by a rule of thumb 0.1 is little and 0.25 much,
            Siddiqi 2006, "Credit risk scorecards", chapter 8.
        chi_square: Pearson's statistic.
        p: P(as much by chance).
    """

    shares: tuple[float, ...]
    stability: float
    chi_square: float
    p: float


def drift(bins: Sequence[int], of: int) -> Drift | None:
    """Compare (N,) numbers of bins with equal parts; `None` without any."""
    if not bins:
        return None
    n, counted = len(bins), Counter(bins)
    counts = [counted[number] for number in range(1, of + 1)]
    smooth = [(count + _HALF) / (n + _HALF * of) for count in counts]
    stability = sum((share - 1 / of) * log(share * of) for share in smooth)
    chi_square = sum((count - n / of) ** 2 / (n / of) for count in counts)
    p = float(chdtrc(of - 1, chi_square)) if of > 1 else 1.0
    return Drift(tuple(count / n for count in counts), stability, chi_square, p)
