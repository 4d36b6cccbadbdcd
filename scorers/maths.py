"""Whether the final answer is the right one, which the configuration or the request gives.

What it compares, and how, is `scorers.reference`; evaluation uses that directly, since a data set
has an answer for each question.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Literal, Protocol, runtime_checkable

from pydantic import Field
from typing_extensions import override

from scorers.answers import Grader, Pattern
from scorers.base import Candidate, Judgement, Scorer, ScorerUnavailable
from scorers.kind import Around, ScorerKind
from scorers.reference import Reference


@runtime_checkable
class Comparing(Protocol):
    """A scorer that can be told which answer is right, for one request."""

    @property
    def compares(self) -> bool:
        """Whether being told would change anything."""
        ...

    @property
    def untold(self) -> bool:
        """Whether it must be told, for it knows no answer."""
        ...

    def told(self, truth: str) -> Scorer:
        """Return what judges by this answer."""
        ...


class Maths(Reference):
    """A `Reference` with the answer of the configuration, until a request gives another.

    Args:
        name: what the configuration calls it.
        grader: finds answers and compares them.
        truth: the right answer; `None` if every request gives its own.
        pattern: a regular expression that finds the answer; `None` for the usual marks.
    """

    compares = True

    def __init__(self, name: str, grader: Grader, truth: str | None, pattern: str | None) -> None:
        super().__init__(name, grader, truth or "", pattern)
        self.untold = truth is None

    def told(self, truth: str) -> Scorer:
        """Return what judges by this answer; see `Comparing.told`."""
        return Reference(self.name, self._grader, truth, self._pattern)

    @override
    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        """Judge (N,) candidates; see `Scorer.judge`."""
        if self.untold:
            raise ScorerUnavailable("there is no answer to compare with", unspent=True)
        return await super().judge(candidates)


class MathsConfig(ScorerKind):
    """Whether the final answer equals the right one."""

    kind: Literal["maths"] = "maths"
    answer: str | None = Field(
        default=None, min_length=1, description="the right one; each request's own if not given"
    )
    pattern: Pattern | None = Field(
        default=None, description="regular expression of the answer; the usual marks if not given"
    )

    @override
    @asynccontextmanager
    async def open(self, name: str, around: Around) -> AsyncIterator[Scorer]:
        """Give the scorer; see `ScorerKind.open`."""
        yield Maths(name, around.grader, self.answer, self.pattern)
