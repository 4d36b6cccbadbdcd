"""Diverse verifier tree search: several beam searches of one beam each, that never compete.

Source: Beeching et al. 2024, "Scaling test-time compute with open models" (Hugging Face,
search-and-learn), section "DVTS".
    N -> n       siblings at each level, of all subtrees together
    M -> width   siblings in a subtree, so there are N / M subtrees
Differs from the source: a subtree ends where its model ends it, not where it has written "boxed";
one whose request fails ends there. A subtree keeps its best sibling, so the best of the last
siblings is the best of those kept.
Cost: at most n steps and n scores a round for `rounds` rounds.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from scorers.base import Candidate, Scored
from search.search import Search
from search.select import best, top
from search.strategies.base import Judges, Strategy


class Dvts(Strategy):
    """Grow n / width subtrees apart, each by the best of `width` next steps; return the best."""

    paper: ClassVar[str] = "Hugging Face, search-and-learn"
    cost: ClassVar[str] = "n steps and n scores a round, for at most `rounds` rounds"
    continues: ClassVar[bool] = True
    judges: ClassVar[Judges] = "steps"

    kind: Literal["dvts"] = "dvts"
    n: int = Field(default=16, ge=1, le=256, description="siblings a level, of all subtrees")
    width: int = Field(default=4, ge=1, le=256, description="siblings in a subtree")
    rounds: int = Field(default=40, ge=1, le=256, description="steps in a solution, at most")
    max_step_tokens: int = Field(default=256, ge=1, description="tokens a step, at most")
    step_end: str = Field(default="\n\n", min_length=1, description="text that ends a step")

    @model_validator(mode="after")
    def _n_is_a_multiple_of_the_width(self) -> Self:
        if self.n % self.width:
            raise ValueError(f"n ({self.n}) must be a multiple of width ({self.width})")
        return self

    @property
    @override
    def solutions(self) -> int:
        return self.n // self.width

    @property
    @override
    def at_once(self) -> int:
        return self.n

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        step = search.steps(self.step_end, self.max_step_tokens)
        drawn = await search.extend([root], self.n, step if self.rounds > 1 else None)
        families = [drawn[i :: self.solutions] for i in range(self.solutions)]
        for left in reversed(range(self.rounds - 1)):
            trees = await _kept(search, families)
            if all(tree.finished for tree in trees):
                break
            families = await search.extend_each(trees, self.width, step if left else None)
        return best(await _kept(search, families))


async def _kept(search: Search, families: Sequence[Sequence[Candidate]]) -> list[Scored]:
    """Return the sibling with the highest score of each subtree, finished or not."""
    scored = iter(await search.score([kid for family in families for kid in family]))
    siblings = [[next(scored) for _ in family] for family in families if family]
    return [top(family, 1)[0] for family in siblings]
