r"""Beam search over reasoning steps, guided by a process reward model.

Source: Snell et al. 2024, arXiv:2408.03314, section 5.2.
    N -> n       beams after each expansion
    M -> width   children of each kept beam, so N / M beams are kept
Differs from the paper: a finished beam keeps its place among the N / M and is not drawn again;
in the last round beams are drawn to their end; where no beam ends with an answer that could be
weighed, the best beam is returned.
Cost: at most n steps a round for `rounds` rounds, each scored once.
"""

from math import isqrt
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from scorers.base import Candidate
from search.search import Search
from search.select import best, top, weighted_vote
from search.strategies.base import Judges, Strategy


class BeamSearch(Strategy):
    """Keep the best n / width beams, draw `width` next steps from each, repeat."""

    paper: ClassVar[str] = "arXiv:2408.03314"
    cost: ClassVar[str] = "n steps and n scores a round, for at most `rounds` rounds"
    continues: ClassVar[bool] = True
    judges: ClassVar[Judges] = "steps"

    kind: Literal["beam_search"] = "beam_search"
    n: int = Field(default=16, ge=1, le=256, description="beams after each expansion")
    width: int | Literal["sqrt_n"] = Field(
        default=4, description="children of each kept beam: a number >= 1, or the root of n"
    )
    rounds: int = Field(default=40, ge=1, le=256, description="steps in a solution, at most")
    max_step_tokens: int = Field(default=256, ge=1, description="tokens a step, at most")
    step_end: str = Field(default="\n\n", min_length=1, description="text that ends a step")

    @model_validator(mode="after")
    def _n_is_a_multiple_of_the_width(self) -> Self:
        if self.width != "sqrt_n" and (self.width < 1 or self.n % self.width):
            raise ValueError(f"n ({self.n}) must be a multiple of width ({self.width})")
        return self

    @property
    @override
    def solutions(self) -> int:
        return max(1, self.n // self._m)

    @property
    def _m(self) -> int:
        return isqrt(self.n) if self.width == "sqrt_n" else self.width

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        step = search.steps(self.step_end, self.max_step_tokens)
        beams = await search.extend([root], self.n, step if self.rounds > 1 else None)
        for left in reversed(range(self.rounds - 1)):
            kept = top(await search.score(beams), self.solutions)
            if all(beam.finished for beam in kept):
                break
            beams = await search.extend(kept, self._m, step if left else None)
        scored = await search.score(beams)
        return weighted_vote(scored, await search.group(scored)) or best(scored)
