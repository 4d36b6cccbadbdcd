"""From what was measured to what a policy is fitted to. Needs the `evaluate` extra."""

from collections.abc import Sequence
from statistics import fmean

import numpy as np

from evaluation.calibrate.calibration import Measured
from evaluation.calibrate.ease import Probe, oracle_ease
from evaluation.outcomes import Outcomes
from evaluation.resampling import Floats
from search.registry import AnyStrategy


def outcomes(
    measured: Measured, probe: Probe, sizes: Sequence[int], baseline: Sequence[AnyStrategy]
) -> Outcomes:
    """Put measures together.

    Args:
        measured: the measures.
        probe: how ease is found.
        sizes: the budgets, in plain samples of the mean length.
        baseline: what the policy is compared with, by rising cost.
    """
    pools = measured.pools
    plain = fmean(pool.plain_tokens for pool in pools)
    tokens = np.array([[one.tokens for one in row] for row in measured.measures])
    taken = np.array([probe.tokens(pool) for pool in pools])
    return Outcomes(
        questions=[pool.id for pool in pools],
        ease=np.array([probe.ease(pool) for pool in pools]),
        strategies=measured.strategies,
        accuracy=np.array([[one.accuracy for one in row] for row in measured.measures]),
        tokens=tokens,
        budgets=[max(1, round(size * plain)) for size in sizes],
        baseline=[list(measured.strategies).index(one) for one in baseline],
        probe_tokens=beyond(taken, tokens, measured.live),
        oracle_ease=np.array([oracle_ease(pool) for pool in pools]),
    )


def beyond(probe: Floats, tokens: Floats, live: int) -> Floats:
    """Return the (Q, S) tokens of a probe of (Q,) that strategies of (Q, S) cannot use.

    The last `live` strategies can use none. The others take its samples for their first, so what
    is left is what a probe takes more than they do.
    """
    whole = np.tile(probe[:, None], (1, tokens.shape[1]))
    rest = np.maximum(0, whole - tokens)
    first_live = tokens.shape[1] - live
    return np.where(np.arange(tokens.shape[1]) < first_live, rest, whole)
