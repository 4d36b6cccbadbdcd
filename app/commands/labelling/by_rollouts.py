"""Labels by where steps lead: solutions of questions are drawn, and continued from their steps."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial

import typer
from pydantic import JsonValue, TypeAdapter

from app.commands.bar import bar
from app.commands.labelling.asked import KEPT, Asked, Report, Way
from app.commands.pausing import paused
from app.commands.running import run
from app.settings import Settings
from engines.base import Sampling
from evaluation.datasets import load, sample
from training.rollouts.plan import Plan
from training.rollouts.plan import Way as By
from training.rollouts.records import Labelled, Record
from training.rollouts.run import Listener, data_of, label_all
from training.rollouts.run import Report as Counts

_COUNTS = TypeAdapter(Counts)


def _roll_out(by: By, asked: Asked) -> Report:
    settings = asked.settings
    plan = planned(by, asked, settings)
    counts = run(_label(asked, plan, settings), interrupted=KEPT)
    return Report(_figures(asked, plan, counts), _said(asked, by, counts))


def planned(by: By, asked: Asked, settings: Settings) -> Plan:
    """Return how each question is labelled; what no flag says, the settings do."""
    drawn = asked.drawn
    heat = settings.temperature if drawn.temperature is None else drawn.temperature
    return Plan(
        by,
        Sampling(drawn.max_answer_tokens or settings.max_answer_tokens, heat),
        samples=drawn.samples,
        rollouts=drawn.rollouts,
        step_end=asked.step_end,
        prompt=drawn.prompt,
        pattern=asked.pattern,
        seed=asked.seed,
    )


async def _label(asked: Asked, plan: Plan, settings: Settings) -> Counts:
    every = load(asked.file)
    questions = sample(every, asked.drawn.limit, asked.seed)
    async with asked.opens()(settings) as service:
        pauses = paused(None, service)
        plan = replace(plan, sampling=replace(plan.sampling, pauses=pauses))
        typer.echo(f"labelling {len(questions)} questions; labels go to {asked.out}", err=True)
        with _watched(len(questions)) as progress:
            return await label_all(
                questions,
                plan,
                service.engine,
                service.grader,
                asked.out,
                data=data_of(every),
                concurrency=asked.concurrency,
                tokens=asked.drawn.tokens,
                progress=progress,
            )


@contextmanager
def _watched(n: int) -> Iterator[Listener]:
    """Show how far a run is."""
    examples, failed = 0, 0
    with bar(n, "labelling") as advance:

        def hear(record: Record) -> None:
            nonlocal examples, failed
            examples += len(record.labels.examples) if isinstance(record, Labelled) else 0
            failed += not isinstance(record, Labelled)
            advance(f"{examples} solutions, {failed} failed")

        yield hear


def _figures(asked: Asked, plan: Plan, counts: Counts) -> dict[str, JsonValue]:
    """Return what was asked for, with what the settings filled in, and what came of it."""
    told: dict[str, JsonValue] = _COUNTS.dump_python(counts, mode="json")
    return {
        **asdict(asked.drawn),
        "by": plan.by,
        "temperature": plan.sampling.temperature,
        "max_answer_tokens": plan.sampling.max_tokens,
        "step_end": plan.step_end,
        "pattern": plan.pattern,
        "seed": plan.seed,
        "concurrency": asked.concurrency,
        **told,
        "out": str(asked.out),
    }


def _said(asked: Asked, by: By, counts: Counts) -> str:
    c, dropped = counts, counts.cut + counts.unanswered + counts.unsolved
    unsolved = f", {c.unsolved} of questions none solves" if by == "omega" else ""
    lines = [
        f"{c.examples} solutions labelled, of {c.labelled} of {c.questions} questions",
        f"dropped   {dropped}: {c.cut} cut short, {c.unanswered} without an answer{unsolved}",
        f"tokens    {c.usage.completion_tokens} drawn, {c.usage.prompt_tokens} read; "
        f"{c.usage.calls} calls",
        *(f"failed    {n} questions, to be tried again: {why}" for why, n in c.errors.items()),
        *([_left(c.left)] if c.left else []),
        f"resumed   {c.resumed} questions were labelled before",
        f"labels    {asked.out}",
    ]
    return "\n".join(lines)


def _left(questions: int) -> str:
    why = "the budget of tokens is used up; the same command goes on"
    return f"left      {questions} questions: {why}"


_FLAGS = frozenset(
    {
        "samples", "rollouts", "limit", "tokens", "temperature", "max_answer_tokens", "prompt",
        "step_end", "pattern", "seed", "concurrency", "engine_url", "config",
    }
)  # fmt: skip
ROLLOUTS = Way(partial(_roll_out, "rollouts"), _FLAGS)
OMEGA = Way(partial(_roll_out, "omega"), _FLAGS)
