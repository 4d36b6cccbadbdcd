"""Observations on a problem as a tree: which of them go together, and what was derived from those.

Knows texts and how they hang together; draws nothing.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from pydantic import JsonValue

_LONGEST_LIST = 20_000
"""Characters of a list that are read, at most."""
_LONGEST_SHOWN = 300
"""Characters of an observation that a note tells, at most."""


@dataclass(slots=True, eq=False)
class Idea:
    """Some of the observations that were made together, (0..S,), and those derived from them."""

    id: int
    parent: "Idea | None"
    combo: tuple[str, ...]
    observations: tuple[str, ...] = ()
    children: list["Idea"] = field(default_factory=list)

    @property
    def told(self) -> dict[str, JsonValue]:
        """It as JSON, its texts cut to what people look at."""
        return {
            "id": self.id,
            "parent": None if self.parent is None else self.parent.id,
            "combo": [text[:_LONGEST_SHOWN] for text in self.combo],
            "observations": [text[:_LONGEST_SHOWN] for text in self.observations],
        }


class IdeaTree:
    """All ideas of one search, from the one without observations on, breadth first.

    Source: PlanSearch, arXiv:2409.03733, section 4.2.
    """

    def __init__(self) -> None:
        self.root = Idea(0, None, ())
        self.all = [self.root]

    def grow(self, idea: Idea, observations: Sequence[str], most: int) -> list[Idea]:
        """Hang the combinations of up to `most` observations below an idea; return them."""
        idea.observations = tuple(observations)
        combos = combined(observations, most)
        idea.children = [Idea(len(self.all) + i, idea, combo) for i, combo in enumerate(combos)]
        self.all += idea.children
        return idea.children

    def distinct(self, *, leaves_only: bool) -> list[Idea]:
        """Return the first idea of each combination, of all or of those nothing grew from."""
        chosen = (idea for idea in self.all if not (leaves_only and idea.children))
        first: dict[tuple[str, ...], Idea] = {}
        for idea in chosen:
            first.setdefault(idea.combo, idea)
        return list(first.values())


def combined(observations: Sequence[str], most: int) -> list[tuple[str, ...]]:
    """Return all combinations of 0, 1, ... up to `most` observations, in that order."""
    return list(_combinations(observations, min(most, len(observations))))


def _combinations(observations: Sequence[str], most: int) -> Iterator[tuple[str, ...]]:
    for size in range(most + 1):
        yield from combinations(observations, size)


def read_list(text: str, most: int) -> tuple[str, ...] | None:
    """Return the first `most` different strings of the Python list in a text; `None` if none is.

    Source: arXiv:2409.03733, section 4.2; only literals are read, nothing is evaluated.
    """
    start, end = text.find("["), text.rfind("]")
    written = text[start : end + 1]
    if start < 0 or not 0 < len(written) <= _LONGEST_LIST:
        return None
    try:
        value = ast.literal_eval(written)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        return None
    return tuple(dict.fromkeys(item.strip() for item in value if item.strip()))[:most]
