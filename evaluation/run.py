"""Ask a set of questions, each by a search of its own, and grade the answers."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from engines.base import Sampling
from engines.errors import EngineError
from engines.tasks import collect
from evaluation.datasets import Question
from evaluation.fingerprint import PLACE, Setup, task
from evaluation.grading import graded
from evaluation.meter import Meter, failed
from evaluation.programs.grading import graded_programs
from evaluation.records import LINE, Answered, Record, Records
from evaluation.report import Report, summarise
from evaluation.selection import Drawn
from scorers.base import ScorerError
from scorers.programs.sandbox import Sandbox
from search import Budget, Models, Outcome, run_search
from search.errors import NothingToVote, SearchError, StrategyRefused
from search.strategies import Strategy


class NoSandbox(Exception):
    """A question asks for a program, and nothing is there to run it in."""

    def __init__(self) -> None:
        super().__init__("a question asks for a program, and there is no sandbox to run it in")


Listener: TypeAlias = Callable[[Record], None]
"""Told each record as it is made, and first those the file held already; must not block."""


async def evaluate(
    questions: Sequence[Question],
    strategy: Strategy,
    models: Models,
    budget: Budget,
    *,
    sampling: Sampling,
    seed: int = 0,
    concurrency: int = 4,
    prompt: str = PLACE,
    models_for: Callable[[Question], Models] | None = None,
    sandbox: Sandbox | None = None,
    out: Path | None = None,
    progress: Listener = lambda _: None,
) -> Report:
    """Search for an answer to every question, and say how many are right at what cost.

    Args:
        questions: what to ask; see `datasets.sample`.
        strategy: how to search.
        models: who draws, who judges and who grades.
        budget: what each search may spend.
        sampling: how samples are drawn; its `max_tokens` caps each whole answer.
        seed: varies the samples, together with each question's id.
        concurrency: searches at once.
        prompt: the message sent, with `{question}` where the question goes.
        models_for: the models of one question, where they are not the same for all: a question that
            asks for a program has tests that its scorers are to be told.
        sandbox: where programs are run, for questions that ask for some.
        out: where each record goes as it is made. Questions answered there by the same setup are
            not asked again; those that failed are.
        progress: hears the records.

    Raises:
        StrategyRefused: no question can be asked this way.
        NoSandbox: one asks for a program, and there is no sandbox.
        OutputRefused: `out` cannot be used.
    """
    if sandbox is None and any(question.program for question in questions):
        raise NoSandbox
    clock, gate = asyncio.get_running_loop().time, asyncio.Semaphore(concurrency)
    start = clock()
    run = _Run(strategy, models, budget, sampling, seed, prompt, models_for, sandbox)

    async def ask(question: Question) -> None:
        async with gate:
            record = await run.ask(question)
        records.add(record)
        progress(record)

    with Records(run.setup, LINE, out) as records:
        known = [q for q in questions if records.answered(q)]
        for question in known:
            progress(records.kept[question.id])
        await collect(ask(q) for q in questions if not records.answered(q))
        kept = [records.kept[question.id] for question in questions]
    return summarise(run.setup, kept, clock() - start, resumed=len(known))


@dataclass(frozen=True, slots=True)
class _Run:
    """How questions are asked: all of the same."""

    strategy: Strategy
    models: Models
    budget: Budget
    sampling: Sampling
    seed: int
    prompt: str
    models_for: Callable[[Question], Models] | None
    sandbox: Sandbox | None

    @property
    def setup(self) -> Setup:
        return Setup.of(
            self.strategy,
            self.models,
            self.budget,
            self.sampling,
            seed=self.seed,
            prompt=self.prompt,
        )

    async def ask(self, question: Question) -> Record:
        asked = task(question, self.sampling, seed=self.seed, prompt=self.prompt)
        meter, models = Meter(), self.models
        if self.models_for is not None:
            models = self.models_for(question)
        try:
            outcome = await run_search(self.strategy, asked, models, self.budget, sink=meter.hear)
            seconds = meter.seconds
            drawn = await self._drawn(outcome, question)
        except NothingToVote as error:
            return _without_answer(question, error, meter)
        except StrategyRefused:
            raise
        except (EngineError, ScorerError, SearchError) as error:
            return failed(question, error, meter)
        return _answered(question, outcome, drawn, seconds)

    async def _drawn(self, outcome: Outcome, question: Question) -> tuple[Drawn, ...]:
        if question.program is None:
            return await graded(outcome.ranked, question, self.models.grader)
        assert self.sandbox
        return await graded_programs(outcome.ranked, question.text, question.program, self.sandbox)


def _answered(
    question: Question, outcome: Outcome, drawn: Sequence[Drawn], seconds: float
) -> Answered:
    return Answered(
        question.id,
        question.text,
        question.truth,
        drawn[0].answer,
        drawn[0].right,
        outcome.answer.answer,
        solutions=len(drawn),
        solutions_right=sum(one.right for one in drawn),
        stop=outcome.stop,
        seconds=seconds,
        generator=outcome.generator,
        verifier=outcome.verifier,
        degradations=outcome.degradations,
        drawn=tuple(drawn),
    )


def _without_answer(question: Question, error: NothingToVote, meter: Meter) -> Answered:
    return Answered(
        question.id,
        question.text,
        question.truth,
        None,
        right=False,
        text="",
        solutions=0,
        solutions_right=0,
        stop="finished",
        seconds=meter.seconds,
        generator=meter.generator,
        verifier=meter.verifier,
        degradations=(str(error),),
    )
