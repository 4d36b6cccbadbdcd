"""Which of two solutions is better: what a search may ask, and what it is told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from engines.base import Counted, Usage
from scorers.base import Abstention, Candidate, ScorerUnavailable

Pair: TypeAlias = tuple[Candidate, Candidate]


@dataclass(frozen=True, slots=True)
class Leaning:
    """How far a judge of pairs leans to the first: P(the first is better), in [0, 1]."""

    first: float

    def __post_init__(self) -> None:
        # Written so that NaN fails too.
        if not 0 <= self.first <= 1:
            raise ScorerUnavailable(f"preference {self.first} is not in [0, 1]")


Preference: TypeAlias = Leaning | Abstention


@dataclass(frozen=True, slots=True)
class Comparison:
    """The (N,) preferences within N pairs in their order, and what they cost together."""

    preferences: tuple[Preference, ...]
    usage: Usage = field(default_factory=Usage)


class Comparer(Protocol):
    """A judge of pairs."""

    @property
    def name(self) -> str:
        """What the responses call it."""
        ...

    @property
    def able(self) -> bool:
        """Whether the engine it asks can answer at all."""
        ...

    @property
    def counts(self) -> Counted:
        """What of the cost of comparing is known."""
        ...

    def bound(self, pairs: Sequence[Pair]) -> Usage:
        """Return the most that comparing (N,) pairs can cost, to be held beforehand."""
        ...

    async def compare(self, pairs: Sequence[Pair]) -> Comparison:
        """Compare within each of (N,) pairs, all together, whichever of the two is shown first.

        A comparison that fails, or is not decided, is an abstention: this does not raise.
        """
        ...


def both_orders(pairs: Sequence[Pair]) -> list[Pair]:
    """Return each of (N,) pairs as it is, and turned round behind that: (2 * N,)."""
    return [order for a, b in pairs for order in ((a, b), (b, a))]
