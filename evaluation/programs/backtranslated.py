"""What a right plan is worth: programs drawn from descriptions of the right one, by their length.

Source: arXiv:2409.03733, section 3.3: if accuracy jumps with a right plan of ten words, it is plans
that are missing, and not the skill to write them down. Programs drawn without any plan are the
baseline. Questions without a program known to be right have no part in it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from pydantic import TypeAdapter

from engines.base import Sampling
from engines.usage import Usage
from evaluation.datasets import Question
from evaluation.fingerprint import PLACE, task
from evaluation.programs.grading import graded_programs
from evaluation.programs.task import ProgramTask
from evaluation.statistics import Estimate, mean
from scorers.programs.sandbox import Sandbox
from search import Budget, Models, Outcome, run_search
from search.backtranslation import backtranslate
from search.models import Task
from search.strategies import RepeatedSampling
from training.journal import Journal, Settings, journal


@dataclass(frozen=True, slots=True)
class Length:
    """How long a description may be: so many words, any number if `None`, none at all if 0."""

    words: int | None

    @property
    def name(self) -> str:
        """What reports call it."""
        if self.words is None:
            return "any length"
        return f"{self.words} words" if self.words else "no plan"


@dataclass(frozen=True, slots=True)
class Line:
    """What came of one question with descriptions of one length.

    Attributes:
        id: the question's.
        words: of the description, at most; see `Length`.
        description: what the program was put into; empty without a plan.
        right: programs made of it that pass the hidden tests.
        n: programs made of it.
        usage: what drawing and judging cost.
    """

    id: str
    words: int | None
    description: str
    right: int
    n: int
    usage: Usage


_LINE: TypeAdapter[Line] = TypeAdapter(Line)
Listener: TypeAlias = Callable[[Line], None]


@dataclass(frozen=True, slots=True)
class Worth:
    """The share of programs that are right, the mean over (Q,) questions, for one length."""

    length: Length
    accuracy: Estimate
    questions: int


@dataclass(frozen=True, slots=True)
class Backtranslator:
    """How programs are described and drawn.

    Attributes:
        models: who draws.
        sandbox: where programs are run.
        sampling: how they are drawn.
        n: programs of each description.
        seed: of the samples.
        lengths: of descriptions; what is drawn without any comes first.
    """

    models: Models
    sandbox: Sandbox
    sampling: Sampling
    n: int
    seed: int
    lengths: Sequence[Length] = field(default=(Length(0), Length(10), Length(30), Length(None)))

    @property
    def setup(self) -> Settings:
        """All that what comes of it depends on."""
        return {
            "kind": "backtranslation",
            "model": self.models.engine.capabilities.model,
            "n": self.n,
            "seed": self.seed,
            "temperature": self.sampling.temperature,
            "max_tokens": self.sampling.max_tokens,
            **({"pauses": len(pauses)} if (pauses := self.sampling.pauses) else {}),
        }

    async def measure(
        self,
        questions: Sequence[Question],
        out: Path,
        *,
        progress: Listener = lambda _: None,
    ) -> tuple[Worth, ...]:
        """Return what each length is worth on the questions whose right program is known.

        `out` has a line for each question and length as it is done; those it holds are not drawn
        anew.

        Raises:
            OutputRefused: `out` is of another run, or cannot be written.
            EngineError: a program could not be drawn.
            ScorerUnavailable: the sandbox could not run one.
        """
        with journal(out, self.setup) as kept:
            known = _known(kept)
            for question in questions:
                for length in self.lengths:
                    place = (question.id, length.words)
                    if place not in known:
                        known[place] = await self._line(question, length)
                        kept.add(_LINE.dump_json(known[place]))
                    progress(known[place])
        return tuple(
            _worth(length, [known[question.id, length.words] for question in questions])
            for length in self.lengths
        )

    async def _line(self, question: Question, length: Length) -> Line:
        assert question.program
        asked = task(question, self.sampling, seed=self.seed, prompt=PLACE)
        description, outcome = await self._drawn(asked, question.program, length)
        drawn = await graded_programs(outcome.ranked, question.text, question.program, self.sandbox)
        right = sum(one.right for one in drawn)
        return Line(question.id, length.words, description, right, len(drawn), outcome.usage)

    async def _drawn(
        self, asked: Task, program: ProgramTask, length: Length
    ) -> tuple[str, Outcome]:
        strategy = RepeatedSampling(n=self.n)
        if length.words == 0:
            return "", await run_search(strategy, asked, self.models, Budget())
        assert program.reference is not None
        came = await backtranslate(
            program.reference, asked, self.models, words=length.words, n=self.n
        )
        return came.description, came.outcome


def described(questions: Sequence[Question]) -> list[Question]:
    """Return the questions that have a program known to be right."""
    return [one for one in questions if one.program and one.program.reference is not None]


def _known(kept: Journal) -> dict[tuple[str, int | None], Line]:
    return {(read.id, read.words): read for read in kept.read(_LINE)}


def _worth(length: Length, lines: Sequence[Line]) -> Worth:
    shares = [line.right / line.n if line.n else 0.0 for line in lines]
    return Worth(length, mean(shares), len(lines))
