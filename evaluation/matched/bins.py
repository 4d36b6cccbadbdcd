"""Bins of difficulty: quantiles of how easy the questions are, the easiest in bin 1."""

from bisect import bisect_right
from collections.abc import Sequence


def edges(eases: Sequence[float], bins: int) -> tuple[float, ...]:
    """Return the (bins - 1,) quantiles of (Q,) numbers, at least one, interpolated between them."""
    ordered = sorted(eases)
    return tuple(_quantile(ordered, place, bins) for place in range(1, bins))


def bin_of(ease: float, quantiles: Sequence[float]) -> int:
    """Return the bin of a question: as many as there are when it is below all quantiles.

    What is as easy as a quantile is above it, so questions that are alike share a bin, and where
    many are, some bins hold none.

    Source: `compute_level` of search-and-learn.
    """
    return len(quantiles) + 1 - bisect_right(quantiles, ease)


def _quantile(ordered: Sequence[float], place: int, bins: int) -> float:
    below, rest = divmod(place * (len(ordered) - 1), bins)
    if not rest:
        return ordered[below]
    low, high = ordered[below], ordered[below + 1]
    return low + (high - low) * rest / bins
