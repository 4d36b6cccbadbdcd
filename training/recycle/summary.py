"""What the scores of many pairs come to: how they are spread, and how many are missing, and why."""

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean

from pydantic import JsonValue

from engines.base import Usage
from training.recycle.rows import SampleRow
from training.recycle.scores import Missing

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
"""Those that are told: 0 is the least, 1 the most."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How (N,) scores are spread.

    Attributes:
        n: how many there are.
        mean: of them.
        quantiles: those of `QUANTILES`.
        helped: how many are below 1: where the context helps.
    """

    n: int
    mean: float
    quantiles: tuple[float, ...]
    helped: int

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread | None":
        """Return how scores are spread; `None` if there are none."""
        if not values:
            return None
        ordered = sorted(values)
        quantiles = tuple(quantile(ordered, q) for q in QUANTILES)
        return cls(len(ordered), fmean(ordered), quantiles, sum(value < 1 for value in ordered))

    @property
    def plain(self) -> dict[str, JsonValue]:
        """As JSON."""
        told: dict[str, JsonValue] = {
            f"{q:g}": value for q, value in zip(QUANTILES, self.quantiles, strict=True)
        }
        return {"n": self.n, "mean": self.mean, "quantiles": told, "below_one": self.helped}


@dataclass(slots=True)
class Summary:
    """What the rows come to that were added; it holds two numbers of each."""

    n: int = 0
    ifd: "array[float]" = field(default_factory=lambda: array("d"))
    r_ifd: "array[float]" = field(default_factory=lambda: array("d"))
    ifd_missing: Counter[Missing] = field(default_factory=Counter)
    r_ifd_missing: Counter[Missing] = field(default_factory=Counter)
    cut: int = 0
    helped: int = 0
    instruction_tokens: int = 0
    response_tokens: int = 0
    usage: Usage = field(default_factory=Usage)

    def add(self, row: SampleRow) -> None:
        """Take a pair into account."""
        self.n += 1
        _add(row["ifd"], row["ifd_missing"], self.ifd, self.ifd_missing)
        _add(row["r_ifd"], row["r_ifd_missing"], self.r_ifd, self.r_ifd_missing)
        self.helped += all(score is not None and score < 1 for score in (row["ifd"], row["r_ifd"]))
        self.cut += row["cut"]
        self.instruction_tokens += row["instruction_tokens"]
        self.response_tokens += row["response_tokens"]
        self.usage += row["usage"]

    @property
    def plain(self) -> dict[str, JsonValue]:
        """As JSON."""
        spreads = {name: Spread.of(each) for name, each in self.spread.items()}
        return {
            "samples": self.n,
            **{name: spread.plain if spread else None for name, spread in spreads.items()},
            "both_below_one": self.helped,
            "missing": {"ifd": _plain(self.ifd_missing), "r_ifd": _plain(self.r_ifd_missing)},
            "cut": self.cut,
            "instruction_tokens": self.instruction_tokens,
            "response_tokens": self.response_tokens,
        }

    @property
    def spread(self) -> "dict[str, array[float]]":
        """The scores that there are, by their names in JSON."""
        return {"ifd": self.ifd, "r_ifd": self.r_ifd}


def quantile(ordered: Sequence[float], q: float) -> float:
    """Return the q-quantile, q in [0, 1], of (N,) ordered values: between two, in proportion."""
    place = q * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def _add(
    score: float | None, why: Missing | None, scores: "array[float]", missing: Counter[Missing]
) -> None:
    if score is not None:
        scores.append(score)
    elif why is not None:
        missing[why] += 1


def _plain(missing: Counter[Missing]) -> dict[str, JsonValue]:
    return dict[str, JsonValue](missing.most_common())
