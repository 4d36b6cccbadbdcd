"""Accuracy over compute, and how many times less of it a policy takes. Needs `evaluate`.

The curves of policies are cross-validated within bins, as in `evaluation.policy_fit`; those of
`auto` are of live searches by a policy that was fitted to other problems. All pay for probes,
but for the oracle's, whose knowledge is not for sale.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evaluation.compute import Measures, compute_ratio
from evaluation.compute_optimal.asking import DEFAULT
from evaluation.compute_optimal.grid import Grid
from evaluation.compute_optimal.strategies import PARALLEL, best_of, weighted_best_of
from evaluation.outcomes import Outcomes
from evaluation.policy_fit import crossed
from evaluation.resampling import Resampled
from search.policy import Interval
from search.strategies import Revisions


@dataclass(frozen=True, slots=True)
class Spent:
    """What so many samples' worth of tokens came to: the mean tokens taken, and the accuracy."""

    size: int
    tokens: float
    accuracy: Interval


def curves(grid: Grid) -> dict[str, tuple[Spent, ...]]:
    """Return figure 8: best-of-N and its like, policies with either difficulty, and `auto`."""
    drawn = Resampled(len(grid.outcomes.questions), grid.seed)
    lines = {kind: spent(grid.sizes, _of_kind(grid, kind), drawn) for kind in PARALLEL}
    lines |= {f"optimal_{name}": spent(grid.sizes, measures, drawn)
              for name, measures in _optimal(grid).items()}  # fmt: skip
    return lines | {
        f"auto_{mode}": spent(grid.sizes, measures, drawn) for mode, measures in grid.auto.items()
    }


def ratios(grid: Grid) -> dict[str, Interval | None]:
    """Return how many times fewer tokens are taken for the accuracy of best-of-N.

    `None` where that is not reached. Against weighted best-of-N, the paper's baseline, too.
    """
    drawn, outcomes = Resampled(len(grid.outcomes.questions), grid.seed), grid.outcomes
    ours: dict[str, Measures] = {f"_{mode}": measures for mode, measures in grid.auto.items()}
    optimal = _optimal(grid)
    ours = {"": grid.auto[DEFAULT]} | ours
    ours |= {"_cross_validated": optimal["predicted"], "_oracle": optimal["oracle"]}
    found: dict[str, Interval | None] = {}
    for against, strategy in (("", best_of), ("_to_weighted", weighted_best_of)):
        place = list(outcomes.strategies).index(strategy(grid.target))
        theirs = outcomes.accuracy[:, place], outcomes.tokens[:, place]
        for name, measures in ours.items():
            found[f"compute_ratio{name}{against}"] = compute_ratio(measures, theirs, drawn)
    return found


def spent(sizes: Sequence[int], measures: Measures, drawn: Resampled) -> tuple[Spent, ...]:
    """Return a point for each of (B,) sizes."""
    return tuple(
        Spent(size, float(tokens.mean()), drawn.mean(right))
        for size, right, tokens in zip(sizes, measures[0].T, measures[1].T, strict=True)
    )


def _of_kind(grid: Grid, kind: str) -> Measures:
    known = {getattr(one, "n", 0): place for place, one in enumerate(grid.outcomes.strategies)
             if one.kind == kind}  # fmt: skip
    places = [known[size] if size > 1 else grid.outcomes.plain for size in grid.sizes]
    return grid.outcomes.accuracy[:, places], grid.outcomes.tokens[:, places]


def _optimal(grid: Grid) -> Mapping[str, Measures]:
    outcomes = grid.outcomes
    free = np.zeros_like(outcomes.probe_tokens)
    assert outcomes.oracle_ease is not None
    oracle = replace(outcomes, ease=outcomes.oracle_ease, probe_tokens=free)
    return {
        "oracle": crossed(oracle, grid.bins, grid.seed),
        "predicted": crossed(outcomes, grid.bins, grid.seed),
    }


@dataclass(frozen=True, slots=True)
class Ratio:
    """Chains of revisions by length, and their accuracy less that of parallel samples alone."""

    chains: int
    length: int
    tokens: float
    accuracy: Interval
    gain: Interval


def revised(outcomes: Outcomes, ratios: Sequence[Revisions], seed: int) -> tuple[Ratio, ...]:
    """Return what revisions came to, if they were made; the first of the ratios is parallel."""
    known = list(outcomes.strategies)
    drawn = Resampled(len(outcomes.questions), seed)
    made = [(one, known.index(one)) for one in ratios if one in known]
    parallel = made[0][1] if made else 0
    return tuple(
        Ratio(
            one.chains,
            one.length,
            float(outcomes.tokens[:, place].mean()),
            drawn.mean(outcomes.accuracy[:, place]),
            drawn.mean(outcomes.accuracy[:, place] - outcomes.accuracy[:, parallel]),
        )
        for one, place in made
    )
