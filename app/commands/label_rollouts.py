"""`fathom label --by rollouts` and `--by omega`: steps labelled by where they lead."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import typer
from pydantic import JsonValue, TypeAdapter

from app.commands.bar import bar
from app.commands.running import Opener, run
from app.settings import Settings
from engines.base import Sampling
from evaluation.datasets import load, sample
from training.rollouts.plan import PLACE, Plan, Way
from training.rollouts.records import Labelled, Record
from training.rollouts.run import Listener, Report, data_of, label_all

_REPORT = TypeAdapter(Report)


@dataclass(frozen=True, slots=True)
class RolloutOptions:
    """The command's arguments. `None` is what the settings have, or without a limit.

    Attributes:
        file: questions and answers, of a shape that `evaluation.datasets` knows.
        by: how steps are labelled.
        out: where the labelled solutions go; their journal is beside it.
        samples: solutions of a question.
        rollouts: continuations of a beginning.
        limit: questions, chosen by the seed.
        seed: chooses questions, and varies the samples.
        tokens: the most to draw in this run.
        temperature: of solutions and continuations.
        max_answer_tokens: the cap on each solution.
        step_end: text that ends a step.
        prompt: the message, around `{question}`.
        pattern: finds the final answer.
        concurrency: questions, and requests, at once.
    """

    file: Path
    by: Way
    out: Path
    samples: int = 16
    rollouts: int = 16
    limit: int | None = None
    seed: int = 0
    tokens: int | None = None
    temperature: float | None = None
    max_answer_tokens: int | None = None
    step_end: str = "\n\n"
    prompt: str = PLACE
    pattern: str | None = None
    concurrency: int = 4

    def plan(self, settings: Settings) -> Plan:
        """Return how each question is labelled."""
        heat = settings.temperature if self.temperature is None else self.temperature
        return Plan(
            self.by,
            Sampling(self.max_answer_tokens or settings.max_answer_tokens, heat),
            samples=self.samples,
            rollouts=self.rollouts,
            step_end=self.step_end,
            prompt=self.prompt,
            pattern=self.pattern,
            seed=self.seed,
        )


def label_rollouts(
    open_service: Opener, settings: Settings, options: RolloutOptions, *, as_json: bool = False
) -> None:
    """Label solutions of the questions of a file by roll-outs, and say what it took."""
    if PLACE not in options.prompt:
        raise typer.BadParameter(f"--prompt has no {PLACE}")
    if not options.step_end:
        raise typer.BadParameter("--step-end is empty")
    kept = "interrupted; what was labelled is kept, and the same command goes on from there"
    report = run(_label(open_service, settings, options), interrupted=kept)
    typer.echo(json.dumps(_plain(options, report)) if as_json else _lines(options, report))


async def _label(open_service: Opener, settings: Settings, options: RolloutOptions) -> Report:
    whole = load(options.file)
    questions = sample(whole, options.limit, options.seed)
    async with open_service(settings) as service:
        typer.echo(f"labelling {len(questions)} questions; labels go to {options.out}", err=True)
        with _watched(len(questions)) as progress:
            return await label_all(
                questions,
                options.plan(settings),
                service.engine,
                service.grader,
                options.out,
                data=data_of(whole),
                concurrency=options.concurrency,
                tokens=options.tokens,
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


def _plain(options: RolloutOptions, report: Report) -> dict[str, JsonValue]:
    told: dict[str, JsonValue] = _REPORT.dump_python(report, mode="json")
    settings = {name: str(v) if isinstance(v, Path) else v for name, v in asdict(options).items()}
    return {**settings, **told}


def _lines(options: RolloutOptions, report: Report) -> str:
    r, dropped = report, report.cut + report.unanswered + report.unsolved
    unsolved = f", {r.unsolved} of questions none solves" if options.by == "omega" else ""
    lines = [
        f"{r.examples} solutions labelled, of {r.labelled} of {r.questions} questions",
        f"dropped   {dropped}: {r.cut} cut short, {r.unanswered} without an answer{unsolved}",
        f"tokens    {r.usage.completion_tokens} drawn, {r.usage.prompt_tokens} read; "
        f"{r.usage.calls} calls",
        *(f"failed    {n} questions, to be tried again: {why}" for why, n in r.errors.items()),
        *([_left(report)] if r.left else []),
        f"resumed   {r.resumed} questions were labelled before",
        f"labels    {options.out}",
    ]
    return "\n".join(lines)


def _left(report: Report) -> str:
    return (
        f"left      {report.left} questions: the budget of tokens is used up; the same command "
        "goes on"
    )
