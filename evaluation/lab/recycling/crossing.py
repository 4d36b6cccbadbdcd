"""Means over problems and seeds that are both drawn anew for the interval. Pure arithmetic."""

from collections.abc import Sequence
from random import Random

from evaluation.statistics import Estimate
from training.measures import interval

_RESAMPLES = 1000


def crossed(table: Sequence[Sequence[float]], seed: int = 0) -> Estimate:
    """Return the mean of (S, Q) values, and its 95 % percentile interval.

    Rows and columns are drawn anew together, each with all that stands in it: the bootstrap of two
    crossed random factors, Owen 2007, "The pigeonhole bootstrap", Annals of Applied Statistics 1.
    With few seeds it is, if anything, a little too narrow for what seeds do.
    """
    rng, seeds, problems = Random(seed), range(len(table)), range(len(table[0]))
    found = sorted(
        _mean(table, rng.choices(seeds, k=len(seeds)), rng.choices(problems, k=len(problems)))
        for _ in range(_RESAMPLES)
    )
    return Estimate(_mean(table, seeds, problems), *interval(found))


def _mean(table: Sequence[Sequence[float]], seeds: Sequence[int], problems: Sequence[int]) -> float:
    total = sum(sum(table[s][q] for q in problems) for s in seeds)
    return total / (len(seeds) * len(problems))


def gains(ours: Sequence[Sequence[bool]], theirs: Sequence[Sequence[bool]]) -> list[list[float]]:
    """Return (S, Q) differences of what two arms solved, by seed and problem."""
    return [
        [float(a) - float(b) for a, b in zip(own, other, strict=True)]
        for own, other in zip(ours, theirs, strict=True)
    ]
