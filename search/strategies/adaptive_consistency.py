"""Adaptive consistency: draw until the leading answer is unlikely to lose its majority.

Source: Aggarwal et al. 2023, arXiv:2305.11860, section 3.
    k, the most samples -> n
    C_thresh            -> threshold, a probability
    stopping criterion  -> rule: of the two leading answers (Beta), or of five (Dirichlet)
Differs from the paper: equal answers are found by maths equality; a solution without a final
answer has no vote; the Dirichlet integral is taken in one dimension, where they sample. `batch`
solutions are drawn at a time, and the count is looked at as each ends: those still being drawn when
the leader is safe are stopped. Of a batch the short ones vote first.
Cost: n solutions at most, `batch` a round.
"""

from collections.abc import Sequence
from math import comb, exp, prod, sqrt
from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from scorers.answers import Answers
from scorers.base import Candidate
from search.errors import NothingToVote
from search.search import Search
from search.select import majority, votes
from search.strategies.base import Judges, Strategy

_DIRICHLET_ANSWERS = 5
_STEP, _SPAN = 0.05, 6.0
"""Of the integral over the root of a gamma variate, whose deviation is one half whatever its shape.
"""


class AdaptiveConsistency(Strategy):
    """Draw up to `n` solutions, fewer when they agree; return the first with the commonest answer.

    The count of votes is looked at whenever one ends.
    """

    paper: ClassVar[str] = "arXiv:2305.11860"
    cost: ClassVar[str] = "n solutions at most, `batch` a round"
    judges: ClassVar[Judges] = "nothing"

    kind: Literal["adaptive_consistency"] = "adaptive_consistency"
    n: int = Field(default=40, ge=1, le=256, description="solutions drawn, at most")
    batch: int = Field(default=1, ge=1, le=256, description="solutions drawn together")
    threshold: float = Field(
        default=0.95, gt=0.5, lt=1, description="probability that the leader stays so, to stop at"
    )
    rule: Literal["beta", "dirichlet"] = Field(
        default="beta", description="against whom the leader leads: the second, or the next four"
    )

    @property
    @override
    def solutions(self) -> int:
        # As many as must agree to end it at once.
        return next((k for k in range(1, self.n) if beta(k, 0) >= self.threshold), self.n)

    @property
    @override
    def at_once(self) -> int:
        return min(self.batch, self.n)

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        drawn: list[Candidate] = []
        winner: Candidate | None = None
        while len(drawn) < self.n:
            size = min(self.batch, self.n - len(drawn))
            drawn += await search.extend_until(root, size, self._safe, known=drawn)
            answers = await search.group(drawn)
            winner = majority(drawn, answers)
            if winner is not None:
                search.propose(winner)
            if self._safe(answers):
                break
        if winner is None:
            raise NothingToVote(f"{self.kind}: no sample ends with a final answer to be counted")
        return winner

    def _safe(self, answers: Answers) -> bool:
        counts = votes(answers)
        if self.rule == "dirichlet" and len(counts) > 2:  # noqa: PLR2004 - two are Beta's
            return dirichlet(counts) >= self.threshold
        first, second = [*counts, 0, 0][:2]
        return beta(first, second) >= self.threshold


def beta(a: int, b: int) -> float:
    """Return P(p > 1/2) under Beta(a + 1, b + 1): that of two answers the one with `a` votes leads.

    In closed form it is the chance of at most `a` heads in a + b + 1 throws of a coin.
    """
    throws = a + b + 1
    return sum(comb(throws, heads) for heads in range(a + 1)) * 0.5**throws


def dirichlet(counts: Sequence[int]) -> float:
    """Return P(p_1 is the largest) under Dirichlet(counts + 1), of the first five answers.

    The shares are those of independent gamma variates of these shapes, so it is the integral of the
    first's density times the others' distribution functions; by the trapezoidal rule over the root.
    """
    first, *others = (count + 1 for count in counts[:_DIRICHLET_ANSWERS])
    steps = int((sqrt(first) + _SPAN) / _STEP)
    return sum(_leads(_STEP * step, first, others) for step in range(1, steps)) * _STEP


def _leads(root: float, first: int, others: Sequence[int]) -> float:
    """Return the density of the first variate's root, times P(each other is smaller)."""
    x = root * root
    poisson = [exp(-x)]
    for k in range(1, max(first, *others)):
        poisson.append(poisson[-1] * x / k)
    # A gamma variate of shape k exceeds x with the chance of fewer than k events at rate x.
    smaller = prod(1 - sum(poisson[:shape]) for shape in others)
    return 2 * root * poisson[first - 1] * smaller
