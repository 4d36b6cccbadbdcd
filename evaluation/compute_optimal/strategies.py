"""What is compared, at budgets of N samples: the strategies of arXiv:2408.03314, section 5.

A look-ahead of k steps is taken to cost k + 1 times as many samples, as there: N of them are
n = N / (k + 1) beams. Knows parameters, not what comes of them.
"""

from collections.abc import Iterator, Sequence

from evaluation.calibrate.families import between, strategies
from search.policy.choice import PLAIN
from search.registry import AnyStrategy
from search.strategies import BestOfN, Lookahead, Revisions, WeightedBestOfN

PARALLEL = ("best_of_n", "weighted_best_of_n", "majority")
AHEAD = (1, 3)
"""Steps of a look-ahead."""

BEST_KNOWN = 64
"""Best-of-N of the largest N up to this is what a policy is to do as well as with less."""

_FEWEST_BEAMS = 4
"""Of fewer the root is one: nothing would be searched."""
_REVISED = 16
"""Answers that chains of revisions share out."""


def compared(sizes: Sequence[int], live_up_to: int) -> list[AnyStrategy]:
    """Return all strategies: those of whole solutions at every size, others up to `live_up_to`."""
    several = [n for n in between(sizes) if n > 1]
    steps = [n for n in sizes if _FEWEST_BEAMS <= n <= live_up_to]
    found: list[AnyStrategy] = [PLAIN]
    found += strategies(PARALLEL, several, stepwise=False) if several else []
    found += strategies(["beam_search"], steps, stepwise=True) if steps else []
    found += _lookaheads(steps)
    found += ratios() if _REVISED in steps else []
    return found


def ratios() -> list[Revisions]:
    """Return revisions by ratio, all parallel first and all in one chain last."""
    powers = range(_REVISED.bit_length())
    return [Revisions(chains=_REVISED >> power, length=2**power) for power in powers]


def best_of(n: int) -> AnyStrategy:
    """Return best-of-N; of one sample there is nothing to choose."""
    return BestOfN(n=n) if n > 1 else PLAIN


def weighted_best_of(n: int) -> AnyStrategy:
    """Return weighted best-of-N, the paper's baseline."""
    return WeightedBestOfN(n=n) if n > 1 else PLAIN


def _lookaheads(sizes: Sequence[int]) -> Iterator[AnyStrategy]:
    for k in AHEAD:
        for size in sizes:
            if size // (k + 1) >= _FEWEST_BEAMS:
                yield Lookahead(n=size // (k + 1), width="sqrt_n", k=k)
