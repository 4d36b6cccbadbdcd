"""What beam search and look-ahead share: their fields, and how beams are pruned and grown.

Source: Snell et al. 2024, arXiv:2408.03314, section 5.2.
Knows nothing of how a step is judged: that is where the two differ.
"""

from collections.abc import Awaitable, Callable, Sequence
from math import isqrt
from typing import ClassVar, Literal, Self, TypeAlias

from pydantic import Field, model_validator
from typing_extensions import override

from engines.base import Sampling
from scorers.base import Candidate, Scored
from search.search import Search
from search.select import best, top, weighted_vote
from search.strategies.base import Judges, Strategy

Judge: TypeAlias = Callable[[Sequence[Candidate]], Awaitable[list[Scored]]]
"""Scores (N,) beams in their order."""


class Beams(Strategy):
    """Keep the best n / width beams, draw `width` next steps from each, repeat."""

    paper: ClassVar[str] = "arXiv:2408.03314"
    continues: ClassVar[bool] = True
    judges: ClassVar[Judges] = "steps"

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
    @override
    def at_once(self) -> int:
        return self.n

    @property
    def _m(self) -> int:
        return isqrt(self.n) if self.width == "sqrt_n" else self.width

    def step(self, search: Search) -> Sampling:
        """Return how one step is drawn."""
        return search.steps(self.step_end, self.max_step_tokens)

    async def grow(self, search: Search, root: Candidate, judge: Judge) -> Candidate:
        """Prune and grow beams, the last round to their end; elect one of those left."""
        kept: Sequence[Candidate] = [root]
        beams: list[Scored] = []
        for left in reversed(range(self.rounds)):
            children = self._m if beams else self.n
            drawn = await search.extend(kept, children, self.step(search) if left else None)
            beams = await judge(drawn)
            kept = top(beams, self.solutions)
            if all(beam.finished for beam in kept):
                break
        return weighted_vote(beams, await search.group(beams)) or best(beams)
