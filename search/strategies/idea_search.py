"""IdeaSearch: an idea of how to solve a problem, and a program of that idea, n times.

Source: the baseline of that name of PlanSearch, arXiv:2409.03733, section 3.2. k -> n.
Differs from the paper: no examples are shown, and the default of n is what one answer is worth, not
what pass@200 takes. Under a budget fewer ideas are drawn, so that those have programs, too.
Cost: n ideas in one round, n programs in another, n scores in one call.
"""

from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from engines.base import DEFAULT
from scorers.base import Candidate
from search.search import Search
from search.strategies.base import Strategy
from search.strategies.programs import (
    Chat,
    Program,
    besides_default,
    coded,
    elected,
    talking,
    warmed,
)
from search.strategies.prompts import programs as prompts


class IdeaSearch(Strategy):
    """Draw `n` ideas and a program of each; return one that passes the tests, or else the best."""

    paper: ClassVar[str] = "arXiv:2409.03733"
    cost: ClassVar[str] = "n ideas, n programs and n scores"
    converses: ClassVar[bool] = True

    kind: Literal["idea_search"] = "idea_search"
    n: int = Field(default=8, ge=1, le=256, description="ideas drawn, and programs of them")
    idea_temperature: float | None = Field(
        default=None, ge=0, le=2, description="of ideas; the request's if null"
    )
    code_temperature: float | None = Field(
        default=None, ge=0, le=2, description="of programs; the request's if null"
    )
    idea_engine: str = Field(default=DEFAULT, description="engine that thinks, by name")
    code_engine: str = Field(default=DEFAULT, description="engine that writes programs, by name")

    @property
    @override
    def solutions(self) -> int:
        return self.n

    @property
    @override
    def engines(self) -> tuple[str, ...]:
        return besides_default(self.idea_engine, self.code_engine)

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        code = warmed(search.sampling, self.code_temperature)
        programs: list[Program[int | None]] = []
        if search.limited:
            plain: Chat[int | None] = Chat(None, tuple(prompts.opening(prompts.CODE)))
            programs = await coded(search, [plain], self.code_engine, code)
        ideas = await self._ideas(search, self.n - len(programs))
        fit = search.fitting(len(ideas), "programs", calls=1, rounds=1)
        asked: list[Chat[int | None]] = [
            Chat(i, tuple(prompts.following(idea))) for i, idea in enumerate(ideas[:fit])
        ]
        programs += await coded(search, asked, self.code_engine, code)
        ranked = await elected(search, programs)
        return ranked[0].solution

    async def _ideas(self, search: Search, n: int) -> list[str]:
        """Return n ideas, or as many as can have programs."""
        fit = search.fitting(n, "ideas", calls=2, rounds=2)
        if not fit:
            return []
        asked = await search.prompts([prompts.opening(prompts.IDEA)], [self.idea_engine])
        how = talking(warmed(search.sampling, self.idea_temperature))
        return [idea.answer for idea in await search.extend(asked, fit, how, aside=True)]
