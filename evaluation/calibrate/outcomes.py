"""From what was measured to what a policy is fitted to. Needs the `evaluate` extra."""

from collections.abc import Sequence
from statistics import fmean

import numpy as np

from evaluation.calibrate.ease import Probe, oracle_ease
from evaluation.calibrate.measured import Measured
from evaluation.outcomes import Outcomes
from evaluation.resampling import Floats
from search.registry import AnyStrategy


def outcomes(
    measured: Measured,
    probe: Probe,
    sizes: Sequence[int],
    baseline: Sequence[AnyStrategy],
    flops_per_token: float | None = None,
) -> Outcomes:
    """Put measures together.

    Args:
        measured: the measures.
        probe: how ease is found.
        sizes: the budgets, in plain samples of the mean length.
        baseline: what the policy is compared with, by rising cost.
        flops_per_token: of the model; `None` if its size is not known.
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
        probe_tokens=beyond(taken, tokens, measured.fresh),
        oracle_ease=np.array([oracle_ease(pool) for pool in pools]),
        pauses=measured.pauses if measured.paused else (),
        plain_flops=None if flops_per_token is None else flops_per_token * _computed(measured),
    )


def _computed(measured: Measured) -> Floats:
    """Return the (Q, M) tokens that one plain sample has read and drawn, by pauses, rising.

    The prompt is counted whole: what a server finds in its cache is no affair of the pauses'.
    """
    by_pauses = (measured.pools, *measured.paused.values())
    return np.array(
        [[one.read_tokens + one.plain_tokens for one in drawn] for drawn in by_pauses]
    ).T


def beyond(probe: Floats, tokens: Floats, fresh: int) -> Floats:
    """Return the (Q, S) tokens of a probe of (Q,) that strategies of (Q, S) cannot use.

    The last `fresh` strategies can use none. The others take its samples for their first, so what
    is left is what a probe takes more than they do.
    """
    whole = np.tile(probe[:, None], (1, tokens.shape[1]))
    rest = np.maximum(0, whole - tokens)
    first_fresh = tokens.shape[1] - fresh
    return np.where(np.arange(tokens.shape[1]) < first_fresh, rest, whole)
