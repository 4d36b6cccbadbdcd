"""Solutions to be labelled, and who labels them in tests."""

from collections.abc import Sequence

from engines.errors import RequestRefused
from engines.usage import Usage
from scorers.base import (
    Abstention,
    Candidate,
    Judgement,
    Opinion,
    ScorerBaffled,
    ScorerUnavailable,
    Verdict,
    aggregate,
)
from tests.search.world import SharesOfB
from training.examples import Example


def solution(*steps: str, question: str = "2+2=?", **fields: object) -> Example:
    return Example(question=question, steps=steps, **fields)  # type: ignore[arg-type]


class Says(SharesOfB):
    """A process reward model whose rewards stand in the steps: "a .8" has .8, "long" has none."""

    name = "says"

    def __init__(self) -> None:
        self.asked: list[int] = []

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        self.asked.append(len(candidates))
        return Judgement(tuple(map(self.opinion, candidates)), Usage(calls=1))

    def opinion(self, candidate: Candidate) -> Opinion:
        if "long" in candidate.text:
            return Abstention("it is too long")
        rewards = tuple(float(step.text.split()[-1]) for step in candidate.steps)
        return Verdict(aggregate(rewards, "product"), rewards)


class Baffled(Says):
    """The same, but one solution it cannot judge costs all of a request theirs."""

    def __init__(self, *, refused: bool = False) -> None:
        super().__init__()
        self._cause = RequestRefused("too many tokens") if refused else None

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        judgement = await super().judge(candidates)
        if not any(isinstance(opinion, Abstention) for opinion in judgement.opinions):
            return judgement
        if self._cause:
            raise ScorerUnavailable("too many tokens") from self._cause
        raise ScorerBaffled("one is too long")
