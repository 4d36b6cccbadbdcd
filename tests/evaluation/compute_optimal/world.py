"""Eight problems, of which the first four are easy, with what everything came to by hand."""

from dataclasses import replace

import numpy as np

from evaluation.compute_optimal.grid import Grid
from evaluation.outcomes import Outcomes
from search.policy.choice import PLAIN
from search.strategies import BeamSearch, BestOfN, Majority, WeightedBestOfN

STRATEGIES = (PLAIN, BestOfN(n=4), WeightedBestOfN(n=4), Majority(n=4), BeamSearch(n=4, width=4),
              BeamSearch(n=16, width=4))  # fmt: skip
EASY, HARD = (0.8, 0.9, 0.9, 0.9, 0.95, 0.75), (0.2, 0.3, 0.3, 0.3, 0.4, 0.8)
COST = (10, 40, 40, 40, 40, 160)
ONCE = ((0.8, 0.2), (0.9, 0.3))
"""Of one plain sample and of best-of-4: easy, hard."""


def by_half(easy: float, hard: float) -> list[float]:
    return [easy] * 4 + [hard] * 4


def grid(**fields: object) -> Grid:
    """Have auto do as best-of-4 for half its tokens, and lose on hard problems if sequential."""
    ease = np.array([0.91, 0.92, 0.93, 0.94, 0.11, 0.12, 0.13, 0.14])
    outcomes = Outcomes(
        questions=[f"{i}?" for i in range(8)],
        ease=ease,
        strategies=STRATEGIES,
        accuracy=np.repeat([EASY, HARD], 4, axis=0),
        tokens=np.tile(np.array(COST, float), (8, 1)),
        budgets=(10, 40),
        baseline=(0, 1),
        probe_tokens=np.zeros((8, len(STRATEGIES))),
        oracle_ease=ease,
    )
    once = np.array([by_half(*accuracy) for accuracy in ONCE]).T
    worse = once - np.array([by_half(0, 0.1), by_half(0, 0)]).T
    tokens = np.tile([10.0, 20.0], (8, 1))
    auto = {"once": (once, tokens), "sequential": (worse, tokens)}
    made = Grid(outcomes, (1, 4), auto, once[:, [0, 0]], bins=2, seed=0)
    return replace(made, **fields)  # type: ignore[arg-type]
