"""Judging by a check that costs nothing: a solution passes or does not."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from engines.usage import FREE, Usage
from scorers.base import Abstention, Candidate, Judgement, Verdict


class Check(ABC):
    """Judges finished solutions: 1 if one passes, 0 if not.

    A finished solution without an answer does not, and is no reason to abstain.
    """

    partial, relative, remote = False, False, False
    counts = FREE
    alternatives = 0

    def __init__(self, name: str) -> None:
        self.name = name

    def bound(self, candidates: Sequence[Candidate]) -> Usage:  # noqa: ARG002 - the protocol's
        """Return no cost: nothing is asked of a server."""
        return Usage()

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        """Judge (N,) candidates; see `Scorer.judge`."""
        answers = [candidate.answer for candidate in candidates if candidate.finished]
        passed = iter(await self.passed(answers))
        opinions = (
            Verdict(score := float(next(passed)), (score,))
            if candidate.finished
            else Abstention("the solution is unfinished")
            for candidate in candidates
        )
        return Judgement(tuple(opinions))

    @abstractmethod
    async def passed(self, answers: Sequence[str]) -> Sequence[bool]:
        """Say which of (N,) finished solutions pass, by what each has for the reader."""
