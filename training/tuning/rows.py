"""What a language model learns from: rows of tokens, some of them targets. Knows no torch."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

from training.tuning.batches import held_out

Tokenize: TypeAlias = Callable[[str, bool], tuple[int, ...]]
"""Gives a text's tokens; if told so, with those that the model has before every text."""


@dataclass(frozen=True, slots=True)
class Row:
    """One text to learn from.

    Attributes:
        ids: (T,) its tokens.
        targets: (T,) whether each is learnt, from the tokens before it; so the first never is.

    Raises:
        ValueError: there are not as many targets as tokens, or the first token is one.
    """

    ids: tuple[int, ...]
    targets: tuple[bool, ...]

    def __post_init__(self) -> None:
        if len(self.ids) != len(self.targets):
            raise ValueError(f"a row has {len(self.ids)} tokens and {len(self.targets)} targets")
        if any(self.targets[:1]):
            raise ValueError("the first token of a row has none before it to be learnt from")

    @property
    def places(self) -> list[int]:
        """Where the targets are."""
        return [place for place, wanted in enumerate(self.targets) if wanted]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows to learn from, and others to measure the loss on.

    Attributes:
        trained: what is learnt from.
        held_out: what the loss is measured on.
        too_long: how many were too long for either.
        again: gives, of a pass behind the first, what is learnt from instead, by the pass's number
            from 1: as many rows with targets, and the same for the same number.
    """

    trained: tuple[Row, ...]
    held_out: tuple[Row, ...] = ()
    too_long: int = 0
    again: Callable[[int], tuple[Row, ...]] | None = None

    def of_pass(self, number: int) -> tuple[Row, ...]:
        """Return what is learnt from in a pass, the first of which is 0."""
        return self.trained if self.again is None or number == 0 else self.again(number)

    @property
    def sha256(self) -> str:
        """Tells them, in their order, from others."""
        found = sha256()
        for rows in (self.trained, self.held_out):
            found.update(f"{len(rows)} rows\n".encode())
            for row in rows:
                found.update(f"{row.ids} {row.places}\n".encode())
        return found.hexdigest()


def parted(rows: Iterable[tuple[str, Row]], longest: int, share: float, seed: int) -> Rows:
    """Leave out rows of more than `longest` tokens, and hold a share of the questions out.

    Args:
        rows: each with the question it is of: rows of the same one are on the same side.
        longest: tokens of a row.
        share: of the questions; if it is not 0 one is held out, and at least one is not.
        seed: of the choice, which is the same on every machine.
    """
    given = list(rows)
    fitting = [(question, row) for question, row in given if len(row.ids) <= longest]
    apart = held_out((question for question, _ in fitting), share, seed)
    return Rows(
        trained=tuple(row for question, row in fitting if question not in apart),
        held_out=tuple(row for question, row in fitting if question in apart),
        too_long=len(given) - len(fitting),
    )


def with_targets(rows: Sequence[Row]) -> list[Row]:
    """Return those of which something is learnt."""
    return [row for row in rows if any(row.targets)]
