"""Mixture of agents: proposers answer in view of each other's answers, and one fuses them.

Source: Wang et al. 2024, arXiv:2406.04692, section 2.2; two layers are their "MoA-Lite".
    n, agents a layer -> proposers; l, layers -> layers, of which the last is one aggregator
    A_i,j, the models -> agents, in turn in each layer but the last; the default one aggregates
Differs from the paper: agents of one engine are told apart by chance alone; earlier answers are
shown as turns of the conversation, where theirs are in a system prompt. The aggregator samples as
the request says. Calls of tools are picked, not fused: if most of a layer's answers are calls, the
commonest is returned; if only the aggregator's is one, the commonest answer it was shown.
Cost: proposers * (layers - 1) + 1 solutions in `layers` rounds, no scorer; the last is streamed.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from engines.base import DEFAULT
from engines.conversation import Message
from scorers.base import Candidate
from search.search import Search
from search.select import majority
from search.strategies.base import Judges, Strategy
from search.strategies.prompts import synthesising


class Mixture(Strategy):
    """Draw `proposers` answers a layer, each in view of the last layer's; fuse them into one."""

    paper: ClassVar[str] = "arXiv:2406.04692"
    cost: ClassVar[str] = "proposers * (layers - 1) + 1 solutions, in `layers` rounds"
    judges: ClassVar[Judges] = "nothing"
    converses: ClassVar[bool] = True

    kind: Literal["mixture"] = "mixture"
    proposers: int = Field(default=6, ge=2, le=64, description="answers in each layer but the last")
    layers: int = Field(default=2, ge=2, le=8, description="rounds, the last of one answer")
    temperature: float = Field(
        default=0.7, ge=0, le=2, description="of the proposers, whatever the request says"
    )
    agents: tuple[str, ...] = Field(
        default=(DEFAULT,),
        min_length=1,
        max_length=16,
        description="engines that propose, by name; each answers as often as the others",
    )

    @model_validator(mode="after")
    def _proposers_are_shared_out_evenly(self) -> Self:
        if self.proposers % len(self.agents):
            raise ValueError(
                f"proposers ({self.proposers}) must be a multiple of the agents' number "
                f"({len(self.agents)})"
            )
        if len(set(self.agents)) < len(self.agents):
            raise ValueError("agents must differ")
        return self

    @property
    @override
    def solutions(self) -> int:
        return self.proposers * (self.layers - 1) + 1

    @property
    @override
    def at_once(self) -> int:
        return self.proposers

    @property
    @override
    def engines(self) -> tuple[str, ...]:
        return tuple(name for name in self.agents if name != DEFAULT)

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        apart = replace(search.sampling, temperature=self.temperature)
        shown: Sequence[Message] = ()
        answers: list[Candidate] = []
        for _ in range(self.layers - 1):
            prompts = await search.prompts([shown] * len(self.agents), self.agents)
            answers = await search.extend(prompts, self.proposers // len(self.agents), apart)
            search.propose(answers[0])
            if calls := search.calls(answers):
                return await _picked(search, calls)
            shown = synthesising(answers)
        [fused] = await search.extend(await search.prompts([shown]), 1, live=True)
        return await _picked(search, answers) if search.calls([fused]) else fused


async def _picked(search: Search, answers: Sequence[Candidate]) -> Candidate:
    return majority(answers, await search.group(answers)) or answers[0]
