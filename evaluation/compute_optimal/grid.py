"""Everything that was measured as arrays, and its bins. Needs the `evaluate` extra."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from evaluation.calibrate.ease import Probe
from evaluation.calibrate.outcomes import outcomes
from evaluation.calibrate.pool import Pooled
from evaluation.compute import Measures
from evaluation.compute_optimal.asking import Mode, Served
from evaluation.compute_optimal.experiment import Came
from evaluation.compute_optimal.strategies import BEST_KNOWN, best_of
from evaluation.outcomes import FEWEST, Outcomes
from evaluation.resampling import Floats, Resampled
from search.difficulty import bin_of, filled_edges, quantile_edges

Difficulty: TypeAlias = Literal["all", "predicted", "oracle"]
"""How problems are put in bins: not at all, by a probe's scores, or by how often one is solved."""

KINDS: tuple[Difficulty, ...] = ("all", "predicted", "oracle")


@dataclass(frozen=True, slots=True)
class Bin:
    """The (Q,) places of the problems of a bin; 1 is the easiest, `None` is all of them."""

    difficulty: Difficulty
    number: int | None
    places: Sequence[int]

    def drawn(self, seed: int) -> Resampled:
        """Return its problems, drawn anew."""
        return Resampled(len(self.places), seed)


@dataclass(frozen=True, slots=True)
class Grid:
    """What everything came to.

    Attributes:
        outcomes: of (Q,) problems under (S,) strategies; its budgets are `sizes` in tokens.
        sizes: budgets, in plain samples of the mean length.
        auto: by its mode, accuracy and tokens, each (Q, B).
        plain: (Q, B) accuracy of one plain sample that is cut where the budget ends.
        bins: of difficulty, at most.
        seed: of folds and intervals.
    """

    outcomes: Outcomes
    sizes: Sequence[int]
    auto: Mapping[Mode, Measures]
    plain: Floats
    bins: int
    seed: int

    @property
    def target(self) -> int:
        """N of the best-of-N that compute is compared at the accuracy of."""
        return max((n for n in self.sizes if n <= BEST_KNOWN), default=self.sizes[0])

    def binned(self, difficulty: Difficulty) -> Iterator[Bin]:
        """Give the bins by one kind of difficulty, the easiest first."""
        if difficulty == "all":
            yield Bin("all", None, range(len(self.outcomes.questions)))
            return
        known = self.outcomes.oracle_ease if difficulty == "oracle" else self.outcomes.ease
        assert known is not None
        eases = known.tolist()
        edges = filled_edges(quantile_edges(eases, self.bins), eases, FEWEST)
        numbers = np.array([bin_of(ease, edges) for ease in eases])
        for number in range(1, len(edges) + 2):
            yield Bin(difficulty, number, np.flatnonzero(numbers == number).tolist())


def grid(came: Came, probe: Probe, sizes: Sequence[int], *, bins: int, seed: int) -> Grid:
    """Put what came of an experiment together.

    Raises:
        CannotFit: too few problems remain.
    """
    found = outcomes(came.measured, probe, sizes, [best_of(size) for size in sizes])
    return Grid(
        found,
        sizes,
        {mode: _arrays(served, found.questions) for mode, served in came.auto.items()},
        np.array(
            [[within(pool, budget) for budget in came.budgets] for pool in came.measured.pools]
        ),
        bins,
        seed,
    )


def within(pool: Pooled, budget: int) -> float:
    """Return how often one sample is right that comes to its end within a budget of tokens."""
    whole = [one.right and one.tokens <= budget for one in pool.solutions]
    return sum(whole) / len(whole)


def _arrays(served: Served, questions: Sequence[str]) -> Measures:
    rows = [served.measures[name] for name in questions]
    accuracy: Floats = np.array([[one.accuracy for one in row] for row in rows])
    tokens: Floats = np.array([[one.tokens for one in row] for row in rows])
    return accuracy, tokens
