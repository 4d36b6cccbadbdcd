"""Early-stopping self-consistency: draw in windows, and stop at the first that is of one mind.

Source: Li et al. 2024, "Escape Sky-high Cost", ICLR 2024, arXiv:2401.10480, section 2.
    w, the window     -> window
    L, most samples   -> n
Differs from the paper: equal answers are found by maths equality; a solution without a final
answer has no vote, and its window is not unanimous; the last window is smaller where n is not a
multiple of it; what can no longer change the winner is not drawn, or stopped while it is.
Cost: n solutions at most, `window` a round; `expected_draws` of them for given answers.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from scorers.answers import Answers
from scorers.base import Candidate
from search.errors import NothingToVote
from search.search import Search
from search.select import majority, votes
from search.strategies.base import Judges, Strategy


class EarlyStoppingConsistency(Strategy):
    """Draw up to `n` solutions by windows, fewer if one agrees; return one of the commonest."""

    paper: ClassVar[str] = "arXiv:2401.10480"
    cost: ClassVar[str] = "n solutions at most, `window` a round"
    judges: ClassVar[Judges] = "nothing"

    kind: Literal["early_stopping_consistency"] = "early_stopping_consistency"
    n: int = Field(default=40, ge=1, le=256, description="solutions drawn, at most")
    window: int = Field(default=5, ge=2, le=256, description="solutions drawn together")

    @property
    @override
    def solutions(self) -> int:
        # A unanimous window ends it, or a lead that those not drawn cannot make up for.
        return min(self.n, self.window, self.n // 2 + 1)

    @property
    @override
    def at_once(self) -> int:
        return min(self.window, self.n)

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        drawn: list[Candidate] = []
        winner: Candidate | None = None
        while len(drawn) < self.n:
            size = min(self.window, self.n - len(drawn))
            window = await search.extend_until(root, size, self._settled, known=drawn)
            drawn += window
            answers = await search.group(drawn)
            winner = majority(drawn, answers)
            if winner is not None:
                search.propose(winner)
            if unanimous(answers.groups[-size:]) or self._settled(answers):
                break
        if winner is None:
            raise NothingToVote(f"{self.kind}: no sample ends with a final answer to be counted")
        return winner

    def _settled(self, answers: Answers) -> bool:
        """Whether the leader leads whatever those not drawn yet may say."""
        first, second = [*votes(answers), 0, 0][:2]
        return first - second > self.n - len(answers.groups)


def unanimous(groups: Sequence[int | None]) -> bool:
    """Say whether all of a window give an answer, and the same."""
    return None not in groups and len(set(groups)) == 1


def expected_draws(probabilities: Sequence[float], window: int, n: int) -> float:
    """Return how many solutions are drawn on average, if answer i has probability i.

    Section 2 of the paper: each window is unanimous with q = sum of p_i^w. `n` is a multiple of
    `window`.
    """
    q, windows = sum(p**window for p in probabilities), n // window
    stopped = sum(q * (1 - q) ** i * (i + 1) for i in range(windows - 1))
    return window * (stopped + (1 - q) ** (windows - 1) * windows)
