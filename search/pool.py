"""What a search has drawn: candidates that were not continued, and solutions lent to a strategy."""

from collections.abc import Sequence

from scorers.base import Candidate
from search.judging import key


class Pool:
    """The candidates of one search, in the order they were drawn in."""

    def __init__(self) -> None:
        self.drawn: list[Candidate] = []
        self._lent: list[Candidate] = []

    def replace(
        self, candidates: Sequence[Candidate], families: Sequence[Sequence[Candidate]]
    ) -> None:
        """Put children in the place of the candidates they continue."""
        pairs = list(zip(candidates, families, strict=True))
        parted = {key(c) for c, kids in pairs if any(kid is not c for kid in kids)}
        fresh = [kid for c, kids in pairs for kid in kids if kid is not c]
        self.drawn = [c for c in self.drawn if key(c) not in parted] + fresh

    def lend(self, solutions: Sequence[Candidate]) -> None:
        """Have whole solutions taken before others are drawn; none ends that."""
        self._lent = list(solutions)

    def take(self, candidates: Sequence[Candidate], n: int) -> list[Candidate]:
        """Take up to n of those lent, if they are what the one candidate would be continued to."""
        if len(candidates) != 1 or candidates[0].steps or not self._lent:
            return []
        if self._lent[0].prompt is not candidates[0].prompt:
            return []
        taken, self._lent = self._lent[:n], self._lent[n:]
        return taken
