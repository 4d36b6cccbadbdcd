"""Adaptive consistency: draw until the leading answer is unlikely to lose its majority.

Source: Aggarwal et al. 2023, arXiv:2305.11860, section 3.
    k, the most samples -> n
    C_thresh            -> threshold, a probability
    stopping criterion  -> rule: of the two leading answers (Beta), or of five (Dirichlet)
Differs from the paper: equal answers are found by maths equality; a solution without a final
answer has no vote; the Dirichlet integral is a mean over 2,000 draws (standard error 0.005 at
0.95); `batch` solutions are drawn at a time.
Cost: n solutions at most, `batch` a round.
"""

from collections import Counter
from collections.abc import Sequence
from math import comb
from random import Random
from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from scorers.answers import Answers
from scorers.base import Candidate
from search.errors import NothingToVote
from search.search import Search
from search.select import majority
from search.strategies.base import Judges, Strategy

_DIRICHLET_ANSWERS = 5
_DIRICHLET_DRAWS = 2_000


class AdaptiveConsistency(Strategy):
    """Draw up to `n` solutions, fewer when they agree; return the first with the commonest answer.

    The count of votes is looked at after every `batch`.
    """

    paper: ClassVar[str] = "arXiv:2305.11860"
    cost: ClassVar[str] = "n solutions at most, `batch` a round"
    judges: ClassVar[Judges] = "nothing"

    kind: Literal["adaptive_consistency"] = "adaptive_consistency"
    n: int = Field(default=40, ge=1, le=256, description="solutions drawn, at most")
    batch: int = Field(default=1, ge=1, le=256, description="solutions drawn before each look")
    threshold: float = Field(
        default=0.95, gt=0.5, lt=1, description="probability that the leader stays so, to stop at"
    )
    rule: Literal["beta", "dirichlet"] = Field(
        default="beta", description="against whom the leader leads: the second, or the next four"
    )

    @property
    @override
    def solutions(self) -> int:
        return min(self.n, self.batch)

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        drawn: list[Candidate] = []
        winner: Candidate | None = None
        while len(drawn) < self.n:
            drawn += await search.extend([root], min(self.batch, self.n - len(drawn)))
            answers = await search.group(drawn)
            winner = majority(drawn, answers)
            if winner is not None:
                search.propose(winner)
            if self._certainty(search, votes(answers)) >= self.threshold:
                break
        if winner is None:
            raise NothingToVote(f"{self.kind}: no sample ends with a final answer to be counted")
        return winner

    def _certainty(self, search: Search, counts: Sequence[int]) -> float:
        if self.rule == "dirichlet" and len(counts) > 2:  # noqa: PLR2004 - two are Beta's
            return dirichlet(counts, search.random())
        first, second = [*counts, 0, 0][:2]
        return beta(first, second)


def votes(answers: Answers) -> list[int]:
    """Return how many votes each different answer has, most first."""
    groups = Counter(group for group in answers.groups if group is not None)
    return [count for _, count in groups.most_common()]


def beta(a: int, b: int) -> float:
    """Return P(p > 1/2) under Beta(a + 1, b + 1): that of two answers the one with `a` votes leads.

    In closed form it is the chance of at most `a` heads in a + b + 1 throws of a coin.
    """
    throws = a + b + 1
    return sum(comb(throws, heads) for heads in range(a + 1)) * 0.5**throws


def dirichlet(counts: Sequence[int], random: Random) -> float:
    """Return P(p_1 is the largest) under Dirichlet(counts + 1), of the first five answers."""
    shapes = [count + 1 for count in counts[:_DIRICHLET_ANSWERS]]
    leads = 0
    for _ in range(_DIRICHLET_DRAWS):
        first, *others = (random.gammavariate(shape, 1.0) for shape in shapes)
        leads += first > max(others)
    return leads / _DIRICHLET_DRAWS
