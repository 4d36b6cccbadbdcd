"""Mixture of agents: proposers answer in view of each other's answers, and one fuses them.

Source: Wang et al. 2024, arXiv:2406.04692, section 2.2; two layers are their "MoA-Lite".
    n, agents a layer -> proposers; l, layers -> layers, of which the last is one aggregator
Differs from the paper: all agents are one engine's samples, told apart by chance alone (several
engines are not supported yet); earlier answers are shown as turns of the conversation, where theirs
are in a system prompt. The aggregator samples as the request says.
Cost: proposers * (layers - 1) + 1 solutions in `layers` rounds, no scorer; the last is streamed.
"""

from dataclasses import replace
from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from scorers.base import Candidate
from search.search import Search
from search.strategies.base import Judges, Strategy
from search.strategies.prompts import synthesising


class Mixture(Strategy):
    """Draw `proposers` answers a layer, each in view of the last layer's; fuse them into one."""

    paper: ClassVar[str] = "arXiv:2406.04692"
    cost: ClassVar[str] = "proposers * (layers - 1) + 1 solutions, in `layers` rounds"
    judges: ClassVar[Judges] = "nothing"

    kind: Literal["mixture"] = "mixture"
    proposers: int = Field(default=6, ge=2, le=64, description="answers in each layer but the last")
    layers: int = Field(default=2, ge=2, le=8, description="rounds, the last of one answer")
    temperature: float = Field(
        default=0.7, ge=0, le=2, description="of the proposers, whatever the request says"
    )

    @property
    @override
    def solutions(self) -> int:
        return self.proposers * (self.layers - 1) + 1

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        apart = replace(search.sampling, temperature=self.temperature)
        prompt = root
        for _ in range(self.layers - 1):
            answers = await search.extend([prompt], self.proposers, apart)
            search.propose(answers[0])
            [prompt] = await search.prompts([synthesising(answers)])
        [fused] = await search.extend([prompt], 1, live=True)
        return fused
