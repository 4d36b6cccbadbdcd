"""What the experiment found, put in order, and as JSON. Needs the `evaluate` extra."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue, TypeAdapter

from evaluation.compute_optimal.asking import DEFAULT, Mode
from evaluation.compute_optimal.checks import Cell, Fall, cells, falls
from evaluation.compute_optimal.curves import Ratio, Spent, curves, ratios, revised, spent
from evaluation.compute_optimal.grid import KINDS, Bin, Difficulty, Grid
from evaluation.compute_optimal.strategies import best_of
from evaluation.compute_optimal.strategies import ratios as chains
from evaluation.policy_words import called, family
from evaluation.resampling import Resampled
from search.policy import Interval
from search.strategies.base import Strategy


@dataclass(frozen=True, slots=True)
class Point:
    """What one strategy came to on some problems."""

    name: str
    family: str
    tokens: float
    accuracy: Interval


@dataclass(frozen=True, slots=True)
class Part:
    """What everything came to in one bin; `taken` is what the policy does at the largest budget.

    `taken` counts problems by the name of the strategy.
    """

    difficulty: Difficulty
    bin: int | None
    problems: int
    pass_at_1: float
    points: tuple[Point, ...]
    auto: Mapping[Mode, tuple[Spent, ...]]
    taken: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Findings:
    """All of it. `target` is what compute is compared at the accuracy of."""

    problems: int
    sizes: tuple[int, ...]
    budgets: tuple[int, ...]
    seed: int
    default_mode: Mode
    target: Point
    ratios: Mapping[str, Interval | None]
    curves: Mapping[str, tuple[Spent, ...]]
    parts: tuple[Part, ...]
    revisions: tuple[Ratio, ...]
    cells: tuple[Cell, ...]
    over_optimised: tuple[Fall, ...]

    @property
    def lost(self) -> list[Cell]:
        """Where `auto` is worse than what it is held against, by more than noise."""
        return [cell for cell in self.cells if cell.lost]

    @property
    def never_loses(self) -> bool:
        """Whether it is so in the default mode no more often than chance alone makes it."""
        own = [cell for cell in self.cells if cell.mode == self.default_mode]
        return sum(cell.lost for cell in own) <= len(own) / CHANCE

    @property
    def plain(self) -> dict[str, JsonValue]:
        """As JSON; `figures` are the ratios of compute."""
        told: dict[str, JsonValue] = _JSON.dump_python(self, mode="json")
        figures = told.pop("ratios")
        return {
            "figures": figures,
            "never_loses": self.never_loses,
            "lost": [_JSON_CELL.dump_python(cell, mode="json") for cell in self.lost],
            **told,
        }


CHANCE = 40
"""Of so many comparisons of equals one is below its 95 % interval."""

_JSON = TypeAdapter(Findings)
_JSON_CELL = TypeAdapter(Cell)


def findings(grid: Grid, taken: Sequence[Strategy | None]) -> Findings:
    """Put in order what was measured; `taken` is what the policy does for each problem at most."""
    everything = next(grid.binned("all"))
    target = list(grid.outcomes.strategies).index(best_of(grid.target))
    return Findings(
        len(grid.outcomes.questions),
        tuple(grid.sizes),
        tuple(grid.outcomes.budgets),
        grid.seed,
        DEFAULT,
        _point(grid, everything, target, everything.drawn(grid.seed)),
        ratios(grid),
        curves(grid),
        tuple(_parts(grid, taken)),
        revised(grid.outcomes, chains(), grid.seed),
        tuple(cells(grid)),
        tuple(falls(grid, taken)),
    )


def _parts(grid: Grid, taken: Sequence[Strategy | None]) -> Iterator[Part]:
    for part in (part for kind in KINDS for part in grid.binned(kind)):
        places, drawn = part.places, part.drawn(grid.seed)
        ease = grid.outcomes.oracle_ease
        assert ease is not None
        named = ("unknown" if one is None else called(one) for one in (taken[p] for p in places))
        yield Part(
            part.difficulty,
            part.number,
            len(places),
            round(float(ease[places].mean()), 4),
            tuple(_point(grid, part, s, drawn) for s in range(len(grid.outcomes.strategies))),
            {mode: spent(grid.sizes, (right[places], tokens[places]), drawn)
             for mode, (right, tokens) in grid.auto.items()},
            dict(Counter(named).most_common()),
        )  # fmt: skip


def _point(grid: Grid, part: Bin, place: int, drawn: Resampled) -> Point:
    strategy = grid.outcomes.strategies[place]
    return Point(
        called(strategy),
        family(strategy),
        float(grid.outcomes.tokens[part.places, place].mean()),
        drawn.mean(grid.outcomes.accuracy[part.places, place]),
    )
