"""Repeated sampling of programs: the same problem, n times.

Source: the baseline of PlanSearch, arXiv:2409.03733, section 5; Brown et al. 2024,
arXiv:2407.21787. k -> n.
Differs from the paper: no examples are shown, and the default of n is what one answer is worth, not
what pass@200 takes.
Cost: n samples in one round, n scores in one call.
"""

from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from scorers.base import Candidate
from search.search import Search
from search.strategies.base import Strategy
from search.strategies.programs import Program, elected, warmed
from search.strategies.prompts import programs as prompts


class RepeatedSampling(Strategy):
    """Draw `n` programs; return one that passes the tests, or else the best."""

    paper: ClassVar[str] = "arXiv:2409.03733"
    cost: ClassVar[str] = "n programs and n scores"
    converses: ClassVar[bool] = True

    kind: Literal["repeated_sampling"] = "repeated_sampling"
    n: int = Field(default=8, ge=1, le=256, description="programs drawn")
    code_temperature: float | None = Field(
        default=None, ge=0, le=2, description="of programs; the request's if null"
    )

    @property
    @override
    def solutions(self) -> int:
        return self.n

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        how = warmed(search.sampling, self.code_temperature)
        asked = await search.prompts([prompts.opening(prompts.CODE)])
        drawn = await search.extend(asked, self.n, how, scoring=True)
        ranked = await elected(search, [Program(None, program) for program in drawn])
        return ranked[0].solution
