"""Which of two solutions is better: what a search may ask, and what it is told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, runtime_checkable

from engines.usage import Counted, Usage
from scorers.base import Abstention, Candidate, Scorer, ScorerUnavailable

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


@runtime_checkable
class Pairwise(Protocol):
    """A scorer that judges by comparing candidates two by two, as others can have it do."""

    @property
    def comparer(self) -> Comparer | None:
        """What it compares with; `None` if it asks another scorer, which does not compare."""
        ...


def comparer_of(scorers: Sequence[Scorer]) -> Comparer | None:
    """Return what the first of these scorers that compares does so with, `None` if none does."""
    pairwise = (scorer.comparer for scorer in scorers if isinstance(scorer, Pairwise))
    return next(filter(None, pairwise), None)


def both_orders(pairs: Sequence[Pair]) -> list[Pair]:
    """Return each of (N,) pairs as it is, and turned round behind that: (2 * N,)."""
    return [order for a, b in pairs for order in ((a, b), (b, a))]
