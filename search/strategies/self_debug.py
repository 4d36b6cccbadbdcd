"""Self-debugging: programs that fail a test are shown what failed, and mended, until one passes.

Source: Chen et al. 2023, arXiv:2304.05128, section 3, with unit tests as the feedback.
    debugging turns -> rounds; the programs to be debugged -> those of `inner`, `width` a round
Differs from the paper: the first failing test alone is shown, and the explanation is asked for
together with the mended program; the best few programs are mended, where theirs is one. A mended
program may be mended again. Where the scorer runs no tests there is nothing to show: the answer is
the inner strategy's best then, and the response says so.
Cost: what `inner` costs, and up to width * rounds samples and scores, `width` a round.
"""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal, Self

from pydantic import Field, field_validator
from typing_extensions import override

from engines.conversation import Message
from scorers.base import Candidate, Scored, Verdict
from scorers.programs.report import TestReport
from search.arranging import passed
from search.errors import NothingToVote
from search.search import Search
from search.select import rank
from search.strategies.base import Strategy
from search.strategies.prompts import programs as prompts
from search.strategies.repeated_sampling import RepeatedSampling
from search.strategies.single import Single


class SelfDebug(Strategy):
    """Have another strategy draw programs, and mend the best that fail, `rounds` times at most."""

    paper: ClassVar[str] = "arXiv:2304.05128"
    cost: ClassVar[str] = "the cost of `inner`, and width * rounds programs and scores, at most"
    converses: ClassVar[bool] = True

    kind: Literal["self_debug"] = "self_debug"
    inner: Single = Field(
        default=RepeatedSampling(),
        description="strategy that draws the programs, with its parameters, or its kind alone",
    )
    rounds: int = Field(default=3, ge=1, le=16, description="times programs are mended, at most")
    width: int = Field(default=4, ge=1, le=64, description="programs mended together, at most")

    @field_validator("inner", mode="before")
    @classmethod
    def _kind_alone(cls, inner: object) -> object:
        return {"kind": inner} if isinstance(inner, str) else inner

    @property
    @override
    def solutions(self) -> int:
        return self.inner.solutions

    @property
    @override
    def at_once(self) -> int:
        return max(self.inner.at_once, self.width)

    @property
    @override
    def engines(self) -> tuple[str, ...]:
        return self.inner.engines

    @override
    def whole(self) -> Iterator[Strategy]:
        yield from self.inner.whole()
        yield self

    @override
    def with_step_end(self, end: str) -> Self:
        return self.model_copy(update={"inner": self.inner.with_step_end(end)})

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        programs = await self._drawn(search, root)
        if not any(_report(program) for program in programs):
            search.degrade(
                f"{self.kind}: scorer {programs[0].scorer} runs no tests, so nothing was mended"
            )
        shown: list[Scored] = []
        for _ in range(self.rounds):
            search.propose(programs[0])
            failing = [p for p in programs if _report(p) and p not in shown]
            if passed(programs[0]):
                break
            fit = search.fitting(min(self.width, len(failing)), "repairs", calls=1, rounds=1)
            if not fit:
                break
            shown += failing[:fit]
            asked = await search.prompts([_repairing(program) for program in failing[:fit]])
            mended = await search.extend(asked, 1, scoring=True)
            programs = await _ranked(search, [*programs, *mended])
        return programs[0]

    async def _drawn(self, search: Search, root: Candidate) -> list[Scored]:
        """Return what the inner strategy draws, ranked."""
        before = len(search.pool)
        answers = await search.inside(self.inner, root)
        drawn = [candidate for candidate in search.pool[before:] if candidate.finished]
        if not (drawn or answers):
            raise NothingToVote(f"{self.kind}: {self.inner.kind} came to no answer")
        return await _ranked(search, drawn or answers)


async def _ranked(search: Search, programs: Sequence[Candidate]) -> list[Scored]:
    scored = sorted(await search.score(programs), key=_merit, reverse=True)
    search.arrange(scored)
    return scored


def _report(program: Scored) -> TestReport | None:
    """Return what tests said of a program that were run."""
    return program.opinion.report if isinstance(program.opinion, Verdict) else None


def _merit(program: Scored) -> tuple[bool, tuple[int, float]]:
    return bool(passed(program)), rank(program)


def _repairing(program: Scored) -> Sequence[Message]:
    report = _report(program)
    assert report is not None
    assert report.failure is not None
    return prompts.repairing(program.answer, report.failure.test, report.failure.reason)
