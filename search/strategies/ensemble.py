"""An ensemble: several strategies answer, and their answers are weighed against each other.

Source: inference-time techniques composed in layers, Archon, arXiv:2409.15254, section 3; the last
layer is "best-of-N weighted", arXiv:2206.02336, over one answer of each member.
Differs from the paper: members are searches of their own, not single calls, and run one after the
other, each with what budget is left; none is fused. A member that comes to no answer has no vote.
Cost: what its members cost, and a score of each of their answers.
"""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal, Self

from pydantic import Field, field_validator
from typing_extensions import override

from scorers.base import Candidate
from search.errors import NothingToVote
from search.search import Search
from search.select import best, weighted_vote
from search.strategies.base import Strategy
from search.strategies.best_of_n import BestOfN
from search.strategies.revisions import Revisions
from search.strategies.single import Single


class Ensemble(Strategy):
    """Run each of `members`, sum the scores of equal answers, return the best of the heaviest."""

    paper: ClassVar[str] = "arXiv:2409.15254"
    cost: ClassVar[str] = "the cost of its members, one after the other, and a score of each answer"

    kind: Literal["ensemble"] = "ensemble"
    members: tuple[Single, ...] = Field(
        default=(BestOfN(n=4), Revisions(chains=2, length=2)),
        min_length=2,
        max_length=8,
        description="strategies with their parameters, or their kinds alone",
    )

    @field_validator("members", mode="before")
    @classmethod
    def _kinds_alone(cls, members: object) -> object:
        if not isinstance(members, list | tuple):
            return members
        return [{"kind": member} if isinstance(member, str) else member for member in members]

    @property
    @override
    def solutions(self) -> int:
        return sum(member.solutions for member in self.members)

    @property
    @override
    def at_once(self) -> int:
        return max(member.at_once for member in self.members)

    @property
    @override
    def engines(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for member in self.members for name in member.engines))

    @override
    def whole(self) -> Iterator[Strategy]:
        yield from self.members
        yield self

    @override
    def with_step_end(self, end: str) -> Self:
        members = tuple(member.with_step_end(end) for member in self.members)
        return self.model_copy(update={"members": members})

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        answers: list[Candidate] = []
        elected: Candidate | None = None
        for member in self.members:
            answers += await search.inside(member, root)
            if answers:
                elected = await _elect(search, answers)
                search.propose(elected)
        if elected is None:
            raise NothingToVote("ensemble: no member came to an answer")
        return elected


async def _elect(search: Search, answers: Sequence[Candidate]) -> Candidate:
    scored = await search.score(answers)
    return weighted_vote(scored, await search.group(scored)) or best(scored)
