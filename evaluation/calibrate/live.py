"""Strategies that no pool can stand in for: a search for each question, kept as runs are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from evaluation.calibrate.how import How
from evaluation.calibrate.replays import Measure
from evaluation.datasets import Question
from evaluation.fingerprint import Setup
from evaluation.records import LINE, Answered, Record, Records
from evaluation.run import Listener, evaluate
from search import Budget
from search.strategies import Strategy

Failures: TypeAlias = Mapping[str, str]
"""By the question, why it could not be answered."""


@dataclass(frozen=True, slots=True)
class Live:
    """What a strategy came to on each question, by its id, and which failed."""

    measures: Mapping[str, Measure]
    failures: Failures
    degradations: Sequence[str]


async def run_live(
    questions: Sequence[Question],
    strategy: Strategy,
    how: How,
    *,
    progress: Listener = lambda _: None,
) -> Live:
    """Search once for each question; those searched for before by the same setup are not again.

    Raises:
        StrategyRefused: no question can be asked this way.
        OutputRefused: the file of records cannot be used.
    """
    records: dict[str, Record] = {}
    stepped = _stepped(strategy, how)

    def hear(record: Record) -> None:
        records[record.id] = record
        progress(record)

    await evaluate(
        questions,
        stepped,
        how.models,
        Budget(),
        sampling=how.sampling,
        seed=how.seed,
        concurrency=how.concurrency,
        prompt=how.prompt,
        out=_file(_setup(stepped, how), stepped, how),
        progress=hear,
    )
    kept = [records[question.id] for question in questions]
    answered = [record for record in kept if isinstance(record, Answered)]
    return Live(
        {record.id: Measure(float(record.right), record.tokens) for record in answered},
        {r.id: f"{strategy.kind}: {r.error}" for r in kept if not isinstance(r, Answered)},
        [f"{strategy.kind}: {why}" for record in answered for why in record.degradations],
    )


def missing(questions: Sequence[Question], strategy: Strategy, how: How) -> int:
    """Return how many of the questions have not been searched for yet.

    Raises:
        OutputRefused: the file of records cannot be used.
    """
    stepped = _stepped(strategy, how)
    setup = _setup(stepped, how)
    path = _file(setup, stepped, how)
    if path is None or not path.exists():
        return len(questions)
    with Records(setup, LINE, path) as records:
        return sum(not records.answered(question) for question in questions)


def _stepped(strategy: Strategy, how: How) -> Strategy:
    return strategy if how.step_end is None else strategy.with_step_end(how.step_end)


def _setup(strategy: Strategy, how: How) -> Setup:
    return Setup.of(strategy, how.models, Budget(), how.sampling, seed=how.seed, prompt=how.prompt)


def _file(setup: Setup, strategy: Strategy, how: How) -> Path | None:
    return how.file(f"{strategy.kind}-{setup.fingerprint}.jsonl")
