"""Label many questions, each by itself, within one budget; go on where a run was stopped."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from pydantic import JsonValue, TypeAdapter

from engines.base import Engine
from engines.errors import EngineError
from engines.tasks import collect
from engines.usage import Usage
from scorers.answers import Grader
from scorers.base import ScorerError
from training.examples import write_examples
from training.latest import Latest, latest
from training.rollouts.label import Labels, label
from training.rollouts.plan import Plan, Question
from training.rollouts.purse import Metered, OutOfTokens, Purse
from training.rollouts.records import LINE, Failed, Labelled, Record
from training.writing import OutputRefused

Listener: TypeAlias = Callable[[Record], None]
"""Told each record as it is made, and first those the journal held already; must not block."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a run came to, with what earlier ones had done.

    Attributes:
        questions: how many there were.
        labelled: those whose work is done.
        failed: those whose work failed; they are done again by a run that goes on.
        left: those the budget was too small for; they, too.
        resumed: those of `labelled` that were done before this run.
        solutions: drawn for those that are labelled.
        cut: solutions the cap on their tokens ended.
        unanswered: solutions that ended without a final answer.
        unsolved: solutions that `omega` could not label.
        examples: labelled solutions, in `out`.
        usage: what all of it has cost; of work that was broken off, what this run's has.
        errors: why questions failed, and how many of them.
    """

    questions: int
    labelled: int
    failed: int
    left: int
    resumed: int
    solutions: int
    cut: int
    unanswered: int
    unsolved: int
    examples: int
    usage: Usage
    errors: dict[str, int]


def journal_of(out: Path) -> Path:
    """Return where the journal of a file of examples is: beside it."""
    return out.with_name(f"{out.name}.journal")


def data_of(questions: Sequence[Question]) -> str:
    """Return 12 hexadecimal digits that only the same questions with the same answers share."""
    told = "\n".join(f"{question.id} {question.truth}" for question in questions)
    return hashlib.sha256(told.encode()).hexdigest()[:12]


async def label_all(
    questions: Sequence[Question],
    plan: Plan,
    engine: Engine,
    grader: Grader,
    out: Path,
    *,
    data: str,
    concurrency: int = 4,
    tokens: int | None = None,
    progress: Listener = lambda _: None,
) -> Report:
    """Label questions, and write the examples of all that are done.

    Args:
        questions: what to label.
        plan: how.
        engine: what draws.
        grader: compares answers.
        out: where examples go, in the order of the questions, when the run ends, however it does.
            Its journal is beside it: a question that is done there is not done again.
        data: what the questions are from; see `data_of`. Another one's journal is refused.
        concurrency: questions at once, and requests of all of them.
        tokens: the most this run may draw; it then ends with what is done.
        progress: hears the records.

    Raises:
        Unsupported: the engine cannot do what the plan takes.
        OutputRefused: the journal cannot be used, the examples cannot be written, or `out` is
            there already and is no such run's.
    """
    plan.check(engine.capabilities)
    _refuse_others(out)
    ids = [question.id for question in questions]
    with latest(journal_of(out), _setup(plan, engine, data), LINE) as records:
        known = [id_ for id_ in ids if records.done(id_)]
        for id_ in known:
            progress(records.kept[id_])
        run = _Run(plan, engine, grader, Purse(tokens), records, progress, concurrency)
        try:
            await collect(run.work(q) for q in questions if not records.done(q.id))
        finally:
            done = _labels(records, ids)
            write_examples(out, (example for labels in done for example in labels.examples))
        return run.report(ids, len(known))


def _refuse_others(out: Path) -> None:
    """Refuse a file that a run which is then broken off would put fewer labels in place of."""
    if out.is_file() and out.stat().st_size and not journal_of(out).exists():
        raise OutputRefused(
            out, f"holds something else, as there is no {journal_of(out).name}; name another file"
        )


def _labels(records: Latest[Record], ids: Sequence[str]) -> list[Labels]:
    """Return what came of those questions that are done, in this order."""
    found = (records.kept.get(id_) for id_ in ids)
    return [record.labels for record in found if isinstance(record, Labelled)]


@dataclass(slots=True)
class _Run:
    """The work of one run under way."""

    plan: Plan
    engine: Engine
    grader: Grader
    purse: Purse
    records: Latest[Record]
    progress: Listener
    concurrency: int
    broken_off: Usage = field(default_factory=Usage)
    _places: asyncio.Semaphore = field(init=False)
    _gate: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._places = asyncio.Semaphore(self.concurrency)
        self._gate = asyncio.Semaphore(self.concurrency)

    async def work(self, question: Question) -> None:
        """Label a question, and record it; not if there is too little left for it."""
        async with self._places:
            if self.purse.empty:
                return
            meter = Metered(self.engine, self.purse, self._gate)
            try:
                record = await self._record(question, meter)
            except OutOfTokens:
                self.broken_off += meter.usage
                return
        self.records.add(record)
        self.progress(record)

    async def _record(self, question: Question, meter: Metered) -> Record:
        try:
            labels = await label(question, self.plan, meter, self.grader)
        except (EngineError, ScorerError) as error:
            return Failed(question.id, f"{type(error).__name__}: {error}", meter.usage)
        return Labelled(question.id, labels, meter.usage)

    def report(self, ids: Sequence[str], resumed: int) -> Report:
        """Say what it came to."""
        kept = [self.records.kept[id_] for id_ in ids if id_ in self.records.kept]
        failed = [record for record in kept if isinstance(record, Failed)]
        labels = _labels(self.records, ids)
        return Report(
            questions=len(ids),
            labelled=len(labels),
            failed=len(failed),
            left=len(ids) - len(kept),
            resumed=resumed,
            solutions=sum(one.drawn for one in labels),
            cut=sum(one.cut for one in labels),
            unanswered=sum(one.unanswered for one in labels),
            unsolved=sum(one.unsolved for one in labels),
            examples=sum(len(one.examples) for one in labels),
            usage=sum((record.usage for record in kept), start=self.broken_off),
            errors=dict(Counter(record.error for record in failed)),
        )


def _setup(plan: Plan, engine: Engine, data: str) -> dict[str, JsonValue]:
    unsaid = None if plan.sampling.pauses else {"sampling": {"pauses"}}
    setup: dict[str, JsonValue] = _PLAN.dump_python(plan, mode="json", exclude=unsaid)
    return setup | {"model": engine.capabilities.model, "data": data}


_PLAN = TypeAdapter(Plan)
