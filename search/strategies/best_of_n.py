"""Best-of-N: draw N solutions, keep the one the verifier likes best.

Source: Cobbe et al. 2021, arXiv:2110.14168, section 4; weighted by answer, Li et al. 2022,
arXiv:2206.02336, section 3.2, as used in arXiv:2408.03314, section 5.1. N -> n.
Differs from the papers: a solution the verifier abstains on is taken only if there is no other,
and has no weight in a vote.
Cost: n solutions in one round, n scores in one call.
"""

from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from scorers.base import Candidate
from search.errors import NothingToVote
from search.search import Search
from search.select import best, weighted_vote
from search.strategies.base import Strategy


class BestOfN(Strategy):
    """Draw `n` solutions, return the best."""

    paper: ClassVar[str] = "arXiv:2110.14168"
    cost: ClassVar[str] = "n solutions and n scores"

    kind: Literal["best_of_n"] = "best_of_n"
    n: int = Field(default=8, ge=1, le=256, description="solutions drawn")

    @property
    @override
    def solutions(self) -> int:
        return self.n

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        solutions = await search.extend([root], self.n, scoring=True)
        return best(await search.score(solutions))


class WeightedBestOfN(Strategy):
    """Draw `n` solutions, sum the scores of equal answers, return the best of the heaviest."""

    paper: ClassVar[str] = "arXiv:2206.02336"
    cost: ClassVar[str] = "n solutions and n scores"

    kind: Literal["weighted_best_of_n"] = "weighted_best_of_n"
    n: int = Field(default=8, ge=1, le=256, description="solutions drawn")

    @property
    @override
    def solutions(self) -> int:
        return self.n

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        solutions = await search.score(await search.extend([root], self.n, scoring=True))
        winner = weighted_vote(solutions, await search.group(solutions))
        if winner is None:
            raise NothingToVote("weighted_best_of_n: no sample ends with an answer to be weighed")
        return winner
