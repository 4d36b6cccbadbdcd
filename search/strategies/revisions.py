"""Revisions: parallel chains of answers, each answer written in view of those before it.

Source: Snell et al. 2024, arXiv:2408.03314, section 6 and appendix on selection; N is chains x
length, and their ratio of sequential to parallel compute is length to chains.
Differs from the paper: a prompt asks for the revision, where they finetune a model to revise;
where no answers can be compared, the best-scored is taken within a chain and across chains.
Cost: chains * length solutions in `length` rounds, each scored once.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from scorers.base import Candidate, Scored
from search.search import Search
from search.select import best, weighted_vote
from search.strategies.base import Strategy
from search.strategies.prompts import revising


class Revisions(Strategy):
    """Grow `chains` chains of `length` answers; elect within each chain, then across them."""

    paper: ClassVar[str] = "arXiv:2408.03314"
    cost: ClassVar[str] = "chains * length solutions and scores, in `length` rounds"
    converses: ClassVar[bool] = True

    kind: Literal["revisions"] = "revisions"
    chains: int = Field(default=4, ge=1, le=64, description="parallel chains")
    length: int = Field(default=4, ge=1, le=64, description="answers in each chain")
    context: int = Field(default=4, ge=1, description="latest answers a revision is shown")

    @property
    @override
    def solutions(self) -> int:
        return self.chains * self.length

    @property
    @override
    def at_once(self) -> int:
        return self.chains

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        first = await search.score(await search.extend([root], self.chains, scoring=True))
        chains = [[answer] for answer in first]
        for _ in range(self.length - 1):
            turns = [revising(chain[-self.context :]) for chain in chains]
            families = await search.extend_each(await search.prompts(turns), 1, scoring=True)
            scored = iter(await search.score([kid for family in families for kid in family]))
            for chain, family in zip(chains, families, strict=True):
                chain += [next(scored) for _ in family]
        return await _elect(search, [await _elect(search, chain) for chain in chains])


async def _elect(search: Search, answers: Sequence[Scored]) -> Scored:
    return weighted_vote(answers, await search.group(answers)) or best(answers)
