"""Plain sampling: what the model says without any search.

Source: none; it is the baseline of every paper.
Cost: n solutions in one round, shown as they are drawn.
"""

from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from scorers.base import Candidate
from search.search import Search
from search.strategies.base import Judges, Strategy


class OneSample(Strategy):
    """Draw `n` solutions and return the first."""

    paper: ClassVar[str] = "the baseline: no search"
    cost: ClassVar[str] = "n solutions"
    judges: ClassVar[Judges] = "nothing"

    kind: Literal["sample"] = "sample"
    n: int = Field(default=1, ge=1, le=256, description="solutions drawn; the first is the answer")

    @property
    @override
    def solutions(self) -> int:
        return self.n

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        drawn = await search.extend([root], self.n, live=self.n == 1)
        return drawn[0]
