"""`auto` as it is served, on every question, within budgets of tokens: run for real, and kept.

What it is held against is an expectation over many draws from a pool; one search of each question
is not, and 140 of them tell accuracies apart by no less than 0.7 points. So it is asked several
times over, by different seeds.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Literal, TypeAlias

from evaluation.calibrate.calibration import Bars
from evaluation.calibrate.how import How
from evaluation.calibrate.replays import Measure
from evaluation.datasets import Question
from evaluation.records import Answered, Failed, Record
from evaluation.run import Listener, evaluate
from search import Budget
from search.policy import Policy
from search.strategies import Auto

Mode: TypeAlias = Literal["once", "sequential"]
MODES: tuple[Mode, Mode] = ("once", "sequential")
DEFAULT: Mode = "sequential"
"""What `auto` does unless it is told otherwise, with a policy that says how sure an answer is."""
TIMES = 4
"""Searches for each question within each budget."""


@dataclass(frozen=True, slots=True)
class Served:
    """What `auto` came to in one mode, by the question: of each of (B,) budgets, the mean.

    `failures` are the questions of which a search failed, and why.
    """

    measures: Mapping[str, Sequence[Measure]]
    failures: Mapping[str, str]
    degradations: Sequence[str]


async def ask(
    questions: Sequence[Question],
    mode: Mode,
    budgets: Sequence[int],
    *,
    policy: Policy,
    how: How,
    bars: Bars,
) -> Served:
    """Search `TIMES` times for each question within each of (B,) budgets of tokens.

    Those searched for before with the same policy are not searched for again.

    Raises:
        StrategyRefused: no question can be asked this way.
        OutputRefused: a file of records cannot be used.
    """
    said, found = f"asking auto, {mode}", list[list[dict[str, Record]]]()
    with bars(len(questions) * len(budgets) * TIMES, said) as advance:
        for budget in budgets:
            found.append([])
            for seed in range(how.seed, how.seed + TIMES):
                out = how.file(f"auto-{mode}-{budget}-{seed}-{_digest(policy)}.jsonl")
                asked = replace(how, seed=seed)
                one = _Asking(
                    Auto(mode=mode), Budget(tokens=budget), asked, out, lambda _: advance(said)
                )
                found[-1].append(await one.of(questions))
    every = [one for again in found for records in again for one in records.values()]
    failures = {one.id: f"auto, {mode}: {one.error}" for one in every if isinstance(one, Failed)}
    kept = [question.id for question in questions if question.id not in failures]
    return Served(
        {name: [_measure([records[name] for records in again]) for again in found]
         for name in kept},
        failures,
        [f"auto, {mode}: {w}" for one in every if isinstance(one, Answered)
         for w in one.degradations],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asking:
    """How `auto` is asked in one mode within one budget."""

    strategy: Auto
    budget: Budget
    how: How
    out: Path | None
    hear: Listener

    async def of(self, questions: Sequence[Question]) -> dict[str, Record]:
        """Return the records by the question's id."""
        records: dict[str, Record] = {}
        how = self.how

        def keep(record: Record) -> None:
            records[record.id] = record
            self.hear(record)

        await evaluate(
            questions,
            self.strategy,
            how.models,
            self.budget,
            sampling=how.sampling,
            seed=how.seed,
            concurrency=how.concurrency,
            prompt=how.prompt,
            out=self.out,
            progress=keep,
        )
        return records


def _measure(records: Sequence[Record]) -> Measure:
    answered = [record for record in records if isinstance(record, Answered)]
    return Measure(fmean(one.right for one in answered), fmean(one.tokens for one in answered))


def _digest(policy: Policy) -> str:
    """Return what only equal policies share: the setup of a run does not name its policy."""
    return hashlib.sha256(policy.model_dump_json().encode()).hexdigest()[:12]
