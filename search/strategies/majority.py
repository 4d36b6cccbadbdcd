"""Self-consistency: draw N solutions, return one that gives the most frequent final answer.

Source: Wang et al. 2022, arXiv:2203.11171, section 2; N -> n, their number of sampled paths.
Differs from the paper: equal answers are found by maths equality, not by equal strings; ties go
to the answer seen first; a solution without a final answer has no vote.
Cost: n solutions in one round, no verifier.
"""

from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from scorers.base import Candidate
from search.errors import NothingToVote
from search.search import Search
from search.select import majority
from search.strategies.base import Judges, Strategy


class Majority(Strategy):
    """Draw `n` solutions, return the first with the commonest answer."""

    paper: ClassVar[str] = "arXiv:2203.11171"
    cost: ClassVar[str] = "n solutions"
    judges: ClassVar[Judges] = "nothing"

    kind: Literal["majority"] = "majority"
    n: int = Field(default=8, ge=1, le=256, description="solutions drawn, each with one vote")

    @property
    @override
    def solutions(self) -> int:
        return self.n

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        solutions = await search.extend([root], self.n)
        winner = majority(solutions, await search.group(solutions))
        if winner is None:
            raise NothingToVote("majority: no sample ends with a final answer to be counted")
        return winner
