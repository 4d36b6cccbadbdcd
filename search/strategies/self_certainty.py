"""Self-certainty: best-of-N by how sure the model was of its own words, with a ranked vote.

Source: Kang et al. 2025, arXiv:2502.18581, section 3.2, and its Borda voting.
    N -> n       solutions drawn
    p -> power   of the Borda count: rank r, from 1, gives its answer (N - r + 1)^p votes
Differs from the paper: its certainty is the divergence of each token's distribution from the
uniform one, over the whole vocabulary, which servers do not give. Ours is DeepConf's token
confidence (arXiv:2508.15260, section 3.1), the mean of -log p over the likeliest few tokens, and
its mean over all tokens of the solution. Equal answers are found by maths equality. A solution
without a final answer takes a rank, but its votes go to nobody.
Cost: n solutions in one round, with log-probabilities; no verifier.
"""

from collections.abc import Sequence
from math import inf
from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from scorers.base import Candidate
from search.errors import NothingToVote
from search.search import Search
from search.select import heaviest
from search.strategies.base import Judges, Strategy


class SelfCertainty(Strategy):
    """Draw `n` solutions, let each vote by its rank in certainty, return the surest that won."""

    paper: ClassVar[str] = "arXiv:2502.18581"
    cost: ClassVar[str] = "n solutions"
    alternatives: ClassVar[int] = 5
    judges: ClassVar[Judges] = "nothing"

    kind: Literal["self_certainty"] = "self_certainty"
    n: int = Field(default=8, ge=1, le=256, description="solutions drawn")
    power: float = Field(
        default=0.5, ge=0, le=10, description="0 counts heads, more listens to the surest more"
    )

    @property
    @override
    def solutions(self) -> int:
        return self.n

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        solutions = await search.extend([root], self.n)
        sure = [certainty(solution) for solution in solutions]
        search.note("certainty", of=[None if c == -inf else c for c in sure])
        votes = borda(sure, self.power)
        voters = heaviest(solutions, await search.group(solutions), votes)
        if not voters:
            raise NothingToVote(f"{self.kind}: no sample ends with an answer to be voted for")
        return max(voters, key=certainty)


def certainty(candidate: Candidate) -> float:
    """Return the mean certainty of all tokens of a solution; -inf where it is not known."""
    known = [c for step in candidate.steps for c in step.certainty or ()]
    return sum(known) / len(known) if known else -inf


def borda(certainties: Sequence[float], power: float) -> list[float]:
    """Return the votes of (N,) solutions: (N - r + 1)^power for the one of rank r, 1 the surest.

    Of equally sure ones the first ranks higher.
    """
    count = len(certainties)
    surest = sorted(range(count), key=lambda i: certainties[i], reverse=True)
    ranks = {i: place + 1 for place, i in enumerate(surest)}
    return [float((count - ranks[i] + 1) ** power) for i in range(count)]
