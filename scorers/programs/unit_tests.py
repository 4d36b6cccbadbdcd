"""Whether a program does what its tests say: run, in the sandbox.

The tests are the request's, or else those that the prompt shows; `scorers.programs.from_prompt`.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from pydantic import Field
from typing_extensions import override

from engines.tasks import collect
from engines.usage import FREE, Usage
from scorers.base import Abstention, Candidate, Judgement, Opinion, Scorer, Verdict
from scorers.kind import Around, ScorerKind
from scorers.programs.extract import program_of
from scorers.programs.from_prompt import asked, public_tests
from scorers.programs.report import Failure, Source, TestReport
from scorers.programs.running import TestLimits
from scorers.programs.sandbox import Sandbox
from scorers.programs.testing import run_tests, shown_test
from scorers.programs.tests import AnyTest


@dataclass(frozen=True, slots=True)
class _Run:
    """One run that is to be made, however many candidates wait for it."""

    program: str
    prompt_text: str


class UnitTests:
    """Judges finished solutions by the share of tests that their programs pass.

    Args:
        name: what the configuration calls it.
        sandbox: where programs are run.
        limits: of one program's run.
        all_or_nothing: the score is 1 for all tests, and else 0.
        tests: of the request; `None` for those that the prompt shows.
    """

    partial, relative, remote = False, False, True
    counts = FREE
    alternatives = 0

    def __init__(
        self,
        name: str,
        sandbox: Sandbox,
        limits: TestLimits,
        *,
        all_or_nothing: bool = False,
        tests: Sequence[AnyTest] | None = None,
    ) -> None:
        self.name = name
        self._sandbox, self._limits, self._all = sandbox, limits, all_or_nothing
        self._tests = tests
        self.examiner = self

    def told_tests(self, tests: Sequence[AnyTest]) -> Scorer:
        """Return what judges by these tests; see `Examiner.told_tests`."""
        return UnitTests(
            self.name, self._sandbox, self._limits, all_or_nothing=self._all, tests=tuple(tests)
        )

    def bound(self, candidates: Sequence[Candidate]) -> Usage:  # noqa: ARG002 - the protocol's
        """Return no cost: no model is asked."""
        return Usage()

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        """Judge (N,) candidates; see `Scorer.judge`. Equal programs are run once.

        Without tests all are abstained on. A finished solution without a program fails.

        Raises:
            ScorerUnavailable: the sandbox cannot run them.
        """
        runs = [self._run(candidate) if candidate.finished else None for candidate in candidates]
        different = list(dict.fromkeys(run for run in runs if run is not None))
        opinions = await collect(map(self._opinion, different))
        known = dict(zip(different, opinions, strict=True))
        unfinished = Abstention("the solution is unfinished")
        return Judgement(tuple(unfinished if run is None else known[run] for run in runs))

    def _run(self, candidate: Candidate) -> _Run:
        prompt_text = asked(candidate.prompt.conversation)
        return _Run(program_of(candidate.answer, prompt_text) or "", prompt_text)

    async def _opinion(self, run: _Run) -> Opinion:
        source: Source = "prompt" if self._tests is None else "request"
        tests = public_tests(run.prompt_text) if self._tests is None else self._tests
        if not tests:
            return Abstention(
                "there are no tests: the request gives none, and its prompt shows none"
            )
        if not run.program:
            nothing = Failure(0, shown_test(tests[0]), "the answer has no program")
            return Verdict(0.0, (0.0,), report=TestReport(0, len(tests), source, 0.0, nothing))
        report = await run_tests(self._sandbox, run.program, tests, source, self._limits)
        share = report.passed / report.total
        score = float(share == 1) if self._all else share
        return Verdict(score, (score,), report=report)


class UnitTestsConfig(ScorerKind):
    """The share of tests that a program passes."""

    kind: Literal["unit_tests"] = "unit_tests"
    all_or_nothing: bool = Field(
        default=False, description="the score is 1 if all tests pass, and else 0"
    )
    limits: TestLimits = Field(default=TestLimits(), description="of the run of one program")

    @override
    @asynccontextmanager
    async def open(self, name: str, around: Around) -> AsyncIterator[Scorer]:
        """Give the scorer; see `ScorerKind.open`."""
        yield UnitTests(name, around.sandbox, self.limits, all_or_nothing=self.all_or_nothing)
