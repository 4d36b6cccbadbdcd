"""Knock-out tournament: solutions meet two by two, and the one a judge prefers goes on.

Source: LLM-as-a-judge, arXiv:2306.05685, sections 3.1 (pairwise comparison) and 3.4 (positions
swapped); knock-out rounds as in arXiv:2411.19477. N -> n, K = 1 comparison a pair.
Differs from the papers: a pair is judged by the mean probability of both orders, where a judgement
in words counts only if both agree; a tie, or a pair the judge abstains on, goes to the solution
drawn first. An odd solution out is the last, and goes on by itself. The judge is a scorer that
compares, if one is in charge, or else the generator's own model.
Cost: n solutions in one round, then n - 1 comparisons in log2(n) rounds: two calls each, of one
token where the model itself judges.
"""

from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from scorers.base import Candidate
from scorers.preference import Leaning, Preference
from search.search import Search
from search.strategies.base import Judges, Strategy

_TIE = 0.5


class Tournament(Strategy):
    """Draw `n` solutions; let the preferred of each two go on, until one is left."""

    paper: ClassVar[str] = "arXiv:2306.05685"
    cost: ClassVar[str] = "n solutions, and n - 1 comparisons of two calls each"
    judges: ClassVar[Judges] = "pairs"

    kind: Literal["tournament"] = "tournament"
    n: int = Field(default=8, ge=1, le=256, description="solutions drawn")

    @property
    @override
    def solutions(self) -> int:
        return self.n

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        players = await search.extend([root], self.n)
        while len(players) > 1:
            pairs = list(zip(players[::2], players[1::2], strict=False))
            preferences = await search.compare(pairs)
            results = zip(pairs, preferences, strict=True)
            winners = [pair[_second_wins(preference)] for pair, preference in results]
            players = winners + players[2 * len(pairs) :]
            search.propose(players[0])
        return players[0]


def _second_wins(preference: Preference) -> bool:
    return isinstance(preference, Leaning) and preference.first < _TIE
