"""What a person says of the steps of one solution, key by key, until it is done.

Source: arXiv:2305.20050, section 2.4 and appendix D, phase 2: labels stop at the first error.
Knows no terminal and no clock.
"""

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from training.examples import Example, Rating
from training.label.prm800k_rows import FinishReason

Key: TypeAlias = Literal["+", "0", "-", "u", "b", "g"]
"""Right, neutral, wrong; undo; the question is broken; give up."""

RATINGS: dict[Key, Rating] = {"+": 1, "0": 0, "-": -1}
_UNFINISHED: dict[Key, FinishReason] = {"b": "bad_problem", "g": "give_up"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A solution, the ratings of its steps so far, and whether it was left off there."""

    example: Example
    ratings: tuple[Rating, ...] = ()
    left: FinishReason | None = None

    @property
    def finish(self) -> FinishReason | None:
        """Why rating has ended; `None` while it has not."""
        if self.left is not None:
            return self.left
        if self.ratings and self.ratings[-1] == -1:
            return "found_error"
        rated = len(self.ratings) == len(self.example.steps)
        return "solution" if rated and not self.contradicted else None

    @property
    def contradicted(self) -> bool:
        """Whether no step is said to be wrong, though the final answer is."""
        rated = len(self.ratings) == len(self.example.steps)
        return rated and -1 not in self.ratings and self.example.outcome is False

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys that mean something now."""
        undo: tuple[Key, ...] = ("u",) if self.ratings or self.left else ()
        if self.finish is not None:
            return undo
        rate: tuple[Key, ...] = () if self.contradicted else ("+", "0", "-")
        return (*rate, *undo, "b", "g")

    def after(self, key: Key) -> "Sheet":
        """Return the sheet after one of its `keys`."""
        if key in RATINGS:
            return replace(self, ratings=(*self.ratings, RATINGS[key]))
        if key in _UNFINISHED:
            return replace(self, left=_UNFINISHED[key])
        if self.left is not None:
            return replace(self, left=None)
        return replace(self, ratings=self.ratings[:-1])
