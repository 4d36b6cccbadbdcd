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
from evaluation.records import LINE, Answered, Record, Records
from evaluation.report import Report, summarise
from scorers.answers import Grader
from scorers.base import ScorerError
from search import Budget, Models, Outcome, run_search
from search.errors import NothingToVote, SearchError, StrategyRefused
from search.strategies import Strategy

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
        out: where each record goes as it is made. Questions answered there by the same setup are
            not asked again; those that failed are.
        progress: hears the records.

    Raises:
        StrategyRefused: no question can be asked this way.
        OutputRefused: `out` cannot be used.
    """
    clock, gate = asyncio.get_running_loop().time, asyncio.Semaphore(concurrency)
    start, run = clock(), _Run(strategy, models, budget, sampling, seed, prompt)

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
        meter = Meter()
        try:
            outcome = await run_search(
                self.strategy, asked, self.models, self.budget, sink=meter.hear
            )
        except NothingToVote as error:
            return _without_answer(question, error, meter)
        except StrategyRefused:
            raise
        except (EngineError, ScorerError, SearchError) as error:
            return failed(question, error, meter)
        return await _graded(question, outcome, self.models.grader, meter.seconds)


async def _graded(question: Question, outcome: Outcome, grader: Grader, seconds: float) -> Answered:
    drawn = await graded(outcome.ranked, question, grader)
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
        drawn=drawn,
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
