"""What the laboratory found, and how it is said. Knows no models."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import TypeAlias, TypeVar

from pydantic import JsonValue

from evaluation.statistics import Estimate

T = TypeVar("T")

MAIN = ("prm", "orm", "majority", "likelihood")
"""The curves that are compared; those of other aggregations are beside them."""


Told: TypeAlias = Callable[[str, int, int], None]
"""Is told what is being done, how much of it is done, and of how much."""


def watched(items: Iterable[T], told: Told, doing: str, total: int) -> Iterator[T]:
    """Give items, and tell after each that it is done."""
    for done, item in enumerate(items, 1):
        yield item
        told(doing, done, total)


@dataclass(frozen=True, slots=True)
class Contest:
    """The outcome: by judge, how often its pick of N is right.

    Attributes:
        problems: how many.
        samples: of each, M.
        seed: of the samples and the intervals.
        sizes: (K,) the numbers of solutions picked from.
        curves: by judge, (K,) shares of problems.
        quintiles: by judge, (5, K) shares, the easiest fifth of the problems first.
        separation: by judge, P(a right sample scores above a wrong one of the same problem).
        ahead: `prm_over_orm` and `orm_over_majority`, differences of shares at the largest N. Both
            pick of the same samples, so that their intervals are narrower than the shares'.
    """

    problems: int
    samples: int
    seed: int
    sizes: tuple[int, ...]
    curves: dict[str, tuple[Estimate, ...]]
    quintiles: dict[str, tuple[tuple[float, ...], ...]]
    separation: dict[str, Estimate | None]
    ahead: dict[str, Estimate]

    @property
    def plain(self) -> dict[str, JsonValue]:
        """As JSON; `figures` are the shares at the largest N, and what is between them."""
        figures = {name: curve[-1] for name, curve in self.curves.items()} | self.ahead
        told: dict[str, JsonValue] = {"figures": {k: asdict(v) for k, v in figures.items()}}
        return told | asdict(self)


@dataclass(frozen=True, slots=True)
class Scale:
    """How large an experiment is.

    Attributes:
        problems: learnt from.
        pool: solutions of each of them to choose from.
        sizes: solutions of each that are labelled.
        samples: of each held-out problem, of which one is picked.
        seed: of everything that is drawn.
    """

    problems: int = 84
    pool: int = 48
    sizes: tuple[int, ...] = (1, 2, 4, 8, 16)
    samples: int = 24
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of it.

    Attributes:
        scale: how large it was.
        curves: by arm, (K,) shares of held-out problems solved.
        problems: held out.
        slopes: by arm, what a doubling of the labels adds to the share.
        slope_ratio: of active to uniform selection, where that was compared and both rise for
            certain: how much more a doubling is worth. The paper has 2.6.
    """

    scale: Scale
    curves: dict[str, tuple[Estimate, ...]]
    problems: int
    slopes: dict[str, Estimate]
    slope_ratio: Estimate | None = None

    @property
    def plain(self) -> dict[str, JsonValue]:
        """As JSON; `figures` are the shares at the largest size, and the ratio."""
        figures: dict[str, JsonValue] = {
            name: asdict(curve[-1]) for name, curve in self.curves.items()
        }
        figures |= {f"{name}_slope": asdict(slope) for name, slope in self.slopes.items()}
        if self.slope_ratio is not None:
            figures["slope_ratio"] = asdict(self.slope_ratio)
        return {"figures": figures, **asdict(self)}
