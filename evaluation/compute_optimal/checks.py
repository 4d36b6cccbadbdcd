"""Whether `auto` loses anywhere, and where beams are over-optimised. Needs the `evaluate` extra.

All differences are paired: of the same problems. An interval below 0 is a loss that chance alone
would make in one of forty comparisons.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from evaluation.compute_optimal.asking import Mode
from evaluation.compute_optimal.grid import KINDS, Bin, Difficulty, Grid
from evaluation.policy_words import called, family
from evaluation.resampling import Floats
from search.policy import Interval
from search.policy.choice import PLAIN
from search.strategies import BeamSearch, BestOfN
from search.strategies.base import Strategy


@dataclass(frozen=True, slots=True)
class Cell:
    """`auto` in a bin within a budget, less what it is held against there."""

    mode: Mode
    difficulty: Difficulty
    bin: int | None
    size: int
    problems: int
    against: str
    difference: Interval

    @property
    def lost(self) -> bool:
        """Whether it is worse by more than noise."""
        return self.difference.high < 0


@dataclass(frozen=True, slots=True)
class Fall:
    """What beams of one family gain in a bin from their best N to the largest: 0 or less.

    `chosen` is the share of the bin's problems for which the policy, within the largest budget,
    takes beams of this family with more than the best N.
    """

    difficulty: Difficulty
    bin: int | None
    family: str
    best_n: int
    largest_n: int
    change: Interval
    chosen: float

    @property
    def falls(self) -> bool:
        """Whether more is less, by however little."""
        return self.change.value < 0


def cells(grid: Grid) -> Iterator[Cell]:
    """Hold `auto` against a plain sample and best-of-N, for no more tokens than it had."""
    for part in _parts(grid):
        drawn = part.drawn(grid.seed)
        for b, size in enumerate(grid.sizes):
            for against, theirs in _rivals(grid, part, b):
                for mode, (right, _) in grid.auto.items():
                    gain = drawn.mean(right[part.places, b] - theirs)
                    place = (mode, part.difficulty, part.number, size, len(part.places))
                    yield Cell(*place, against, gain)


def falls(grid: Grid, chosen: Sequence[Strategy | None]) -> Iterator[Fall]:
    """Follow beams by N in each bin; `chosen` is what the policy takes for each of (Q,) problems.

    Of equal ones the smallest N is the best. As the best is chosen on the same problems as the
    change is measured on, the change errs downwards.
    """
    families: dict[str, dict[int, int]] = {}
    for place, one in enumerate(grid.outcomes.strategies):
        if isinstance(one, BeamSearch):
            families.setdefault(family(one), {})[one.n] = place
    grown = {name: places for name, places in families.items() if len(places) > 1}
    for part in _parts(grid):
        for name, places in grown.items():
            yield _fall(grid, part, name, places, chosen)


def _fall(
    grid: Grid, part: Bin, name: str, places: Mapping[int, int], chosen: Sequence[Strategy | None]
) -> Fall:
    right = grid.outcomes.accuracy[part.places]
    best, most = max(places, key=lambda n: (right[:, places[n]].mean(), -n)), max(places)
    change = right[:, places[most]] - right[:, places[best]]
    beams = [chosen[place] for place in part.places]
    more = [isinstance(one, BeamSearch) and family(one) == name and one.n > best for one in beams]
    gain = part.drawn(grid.seed).mean(change)
    return Fall(part.difficulty, part.number, name, best, most, gain, sum(more) / len(more))


def _rivals(grid: Grid, part: Bin, b: int) -> Iterator[tuple[str, Floats]]:
    """Give what a plain sample comes to within budget b, and the largest best-of-N it pays here.

    What it pays for goes by the mean tokens of the bin, so that of some problems best-of-N may take
    more: `auto` is held to its budget on each.
    """
    outcomes = grid.outcomes
    yield called(PLAIN), grid.plain[part.places, b]
    budget = outcomes.budgets[b]
    tokens = outcomes.tokens[part.places].mean(axis=0)
    paid = {one.n: place for place, one in enumerate(outcomes.strategies)
            if isinstance(one, BestOfN) and tokens[place] <= budget}  # fmt: skip
    if paid:
        most = paid[max(paid)]
        yield called(outcomes.strategies[most]), outcomes.accuracy[part.places, most]


def _parts(grid: Grid) -> Iterator[Bin]:
    return (part for kind in KINDS for part in grid.binned(kind))
