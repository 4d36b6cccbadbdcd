"""Strategies that no pool can stand in for: a search for each question, kept as runs are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from evaluation.calibrate.how import How
from evaluation.calibrate.replays import Measure
from evaluation.datasets import Question
from evaluation.fingerprint import Setup
from evaluation.records import Answered, Record
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

    def hear(record: Record) -> None:
        records[record.id] = record
        progress(record)

    stepped = strategy if how.step_end is None else strategy.with_step_end(how.step_end)
    await evaluate(
        questions,
        stepped,
        how.models,
        Budget(),
        sampling=how.sampling,
        seed=how.seed,
        concurrency=how.concurrency,
        prompt=how.prompt,
        out=_file(stepped, how),
        progress=hear,
    )
    kept = [records[question.id] for question in questions]
    answered = [record for record in kept if isinstance(record, Answered)]
    return Live(
        {record.id: Measure(float(record.right), record.tokens) for record in answered},
        {r.id: f"{strategy.kind}: {r.error}" for r in kept if not isinstance(r, Answered)},
        [f"{strategy.kind}: {why}" for record in answered for why in record.degradations],
    )


def _file(strategy: Strategy, how: How) -> Path | None:
    setup = Setup.of(strategy, how.models, Budget(), how.sampling, seed=how.seed, prompt=how.prompt)
    return how.file(f"{strategy.kind}-{setup.fingerprint}.jsonl")
