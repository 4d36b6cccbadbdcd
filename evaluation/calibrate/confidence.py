"""How often the best answer at hand is right, by how highly it is held: for the sequential mode.

Knows pools. The probe's number of solutions, and two and four times as many, are dealt from each
pool in parts that have none in common; of each part the answer is held as `auto` holds it. The
relation is what isotonic regression makes of it, as a few knots. Needs the `evaluate` extra.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from sklearn.isotonic import IsotonicRegression

from evaluation.calibrate.ease import Probe
from evaluation.calibrate.pool import Pooled, Solution
from scorers.base import Verdict
from search.policy import Knot

_GROWN = (1, 2, 4)
_KNOTS = 12
_FEWEST = 4 * _KNOTS
"""Answers at hand, at least: a knot of fewer than four says nothing."""
_DIGITS = 4


def confidence(pools: Sequence[Pooled], probe: Probe) -> tuple[Knot, ...]:
    """Return the knots, rising; none where the estimator holds no answers, or too few are known."""
    if probe.estimator not in ("score", "agreement"):
        return ()
    held = [answer for pool in pools for answer in _answers(pool, probe)]
    if len(held) < _FEWEST:
        return ()
    held.sort()
    parts = [part for part in np.array_split(np.array(held), _KNOTS) if len(part)]
    middles, rates = ([float(part[:, i].mean()) for part in parts] for i in (0, 1))
    weights = [len(part) for part in parts]
    rise = IsotonicRegression(y_min=0, y_max=1).fit(middles, rates, sample_weight=weights)
    risen = rise.predict(middles)
    knots = [
        Knot(held=round(middle, _DIGITS), accuracy=round(float(rate), _DIGITS))
        for middle, rate in zip(middles, risen, strict=True)
    ]
    return (knots[0], *(after for one, after in pairwise(knots) if after.held > one.held))


def _answers(pool: Pooled, probe: Probe) -> Iterator[tuple[float, float]]:
    """Give how highly the best of each part of a pool is held, and whether it is right."""
    m = len(pool.solutions)
    for n in (probe.samples * times for times in _GROWN):
        for start in range(0, m - n + 1, n):
            found = _best(pool.solutions[start : start + n], probe)
            if found is not None:
                yield found


def _best(solutions: Sequence[Solution], probe: Probe) -> tuple[float, float] | None:
    if probe.estimator == "score":
        scored = [(one.opinion.score, one.right) for one in solutions
                  if isinstance(one.opinion, Verdict)]  # fmt: skip
        held = max(scored, key=lambda pair: pair[0], default=None)
        return None if held is None else (held[0], float(held[1]))
    votes = Counter(one.group for one in solutions if one.group is not None)
    if not votes:
        return None
    [(leader, count)] = votes.most_common(1)
    right = next(one.right for one in solutions if one.group == leader)
    return count / len(solutions), float(right)
