"""Final answers: what a solution says the answer is, and which solutions say the same.

Placeholder for the protocol while the module is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Answers:
    """The final answers of (N,) texts, and which of them are equal.

    `texts[i]` is the answer of text i, `None` if it has none. `groups[i]` numbers the group of
    equal answers it belongs to, from 0 in the order first seen; `None` if it has no answer.
    """

    texts: tuple[str | None, ...]
    groups: tuple[int | None, ...]


class Grader(Protocol):
    """Finds final answers and compares them."""

    async def group(self, texts: Sequence[str], pattern: str | None = None) -> Answers:
        """Find the final answers of (N,) texts and group the equal ones."""
        ...

    async def equal(self, truth: str, given: str) -> bool:
        """Say whether the answer `given` equals the true one."""
        ...
