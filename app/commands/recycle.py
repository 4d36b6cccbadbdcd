"""`fathom recycle`: pairs made better by a teacher, as far as a student has more to learn from."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from app.commands.bar import bar
from app.commands.extras import needs
from app.commands.named import check_named, only
from app.commands.options import ConfigFlag, EngineFlag, JsonFlag, SeedFlag, read_settings
from app.commands.recycling.asked import Asked
from app.commands.recycling.said import estimate_lines, lines, plain, plain_estimate
from app.commands.running import Opener, foreseen, opener, run
from app.settings import Settings
from engines.base import Sampling
from engines.usage import FREE
from training.recycle.estimate import Estimate, Estimator
from training.recycle.output import Folder, write
from training.recycle.path import Outcome
from training.recycle.records import Failed, opened
from training.recycle.reflection import AS_IN_THE_PAPER, Teacher
from training.recycle.report import Report
from training.recycle.run import Listener, Run
from training.recycle.samples import Data, Sample
from training.recycle.student import Student
from training.recycle.templates import Template


def recycle(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="Pairs, as Alpaca, ShareGPT or messages. With --from-traces: original responses.",
        ),
    ] = None,
    *,
    out: Annotated[Path, typer.Option("--out", file_okay=False, help="A folder for all files.")],
    teacher: Annotated[
        str | None,
        typer.Option("--teacher", metavar="NAME", help="The model or engine that reflects."),
    ] = None,
    student: Annotated[
        str | None,
        typer.Option("--student", metavar="NAME", help="Whose scores choose; the service's own."),
    ] = None,
    from_traces: Annotated[
        list[Path] | None,
        typer.Option(
            "--from-traces",
            metavar="TRACE",
            exists=True,
            help="In place of a teacher: stored searches, their answers; folders; repeatable.",
        ),
    ] = None,
    template: Annotated[
        Template, typer.Option("--template", help="What stands before a response, for the student.")
    ] = "chat",
    max_tokens: Annotated[
        int, typer.Option("--max-tokens", min=1, help="Of a reply of the teacher.")
    ] = AS_IN_THE_PAPER.max_tokens,
    temperature: Annotated[
        float, typer.Option("--temperature", min=0, max=2, help="Of the teacher's replies.")
    ] = AS_IN_THE_PAPER.temperature,
    seed: SeedFlag = 0,
    top: Annotated[
        list[float] | None,
        typer.Option(
            "--top", min=0.001, max=100, help="Also write the hardest so many %; repeatable."
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Only the first N.")] = None,
    concurrency: Annotated[int, typer.Option("--concurrency", min=1, help="Pairs at once.")] = 4,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Say what it costs at most, and do nothing.")
    ] = False,
    plots: Annotated[
        bool, typer.Option("--plots", help="Also draw the distributions, as PNG files.")
    ] = False,
    as_json: JsonFlag = False,
    engine_url: EngineFlag = None,
    config: ConfigFlag = None,
) -> None:
    """Have a teacher improve pairs, and keep those that a student learns most from."""
    asked = Asked(
        file=file,
        traces=tuple(from_traces or ()),
        teacher=teacher,
        student=student,
        template=template,
        sampling=Sampling(max_tokens, temperature),
        seed=seed,
        limit=limit,
        tops=tuple(dict.fromkeys(top or ())),
        concurrency=concurrency,
        folder=Folder(out),
    )
    asked.check()
    needs("evaluate", *(["matplotlib"] if plots else []))
    settings = read_settings(config, engine_url)
    check_named(settings, teacher, "--teacher")
    check_named(settings, student, "--student")
    with foreseen():
        job = _Job(asked, *asked.data(), only(settings, teacher, student), opener(context))
    if not job.data.n:
        raise typer.BadParameter(f"there is nothing to recycle{_why(job.left_out)}")
    if estimate:
        run(job.tell_estimate(as_json=as_json))
        return
    report = run(job.recycle(), interrupted=f"interrupted; the same command goes on in {out}")
    if plots:
        _draw(report, out)
    told = plain(asked, report, job.left_out) if as_json else None
    typer.echo(json.dumps(told) if told else "\n".join(lines(asked, report, job.left_out)))


@dataclass(frozen=True, slots=True)
class _Job:
    """What is to be done, and with what; `left_out` are searches that give nothing, by why."""

    asked: Asked
    data: Data
    left_out: Mapping[str, int]
    settings: Settings
    opens: Opener

    async def tell_estimate(self, *, as_json: bool) -> None:
        """Say what it costs at most."""
        async with self._models() as (teacher, student):
            estimate = await Estimator(teacher, student).estimate(self.data)
            said = "\n".join(_estimated(estimate, teacher, student))
        typer.echo(json.dumps(plain_estimate(estimate)) if as_json else said)

    async def recycle(self) -> Report:
        """Do it, or what is left of it."""
        asked, data = self.asked, self.data
        asked.folder.refuse_others()
        async with self._models() as (teacher, student):
            await student.check()
            estimate = await Estimator(teacher, student).estimate(data)
            typer.echo(f"recycling {data.n} pairs; all goes to {asked.folder.path}", err=True)
            typer.echo("\n".join(_estimated(estimate, teacher, student)), err=True)
            setup = asked.setup(data, teacher, student)
            with opened(asked.folder.journal, setup) as records:
                with _watched(data.n) as progress:
                    work = Run(teacher, student, records)
                    await work.work(data, concurrency=asked.concurrency, progress=progress)
                return write(asked.folder, data, records, setup, asked.tops)

    @asynccontextmanager
    async def _models(self) -> AsyncIterator[tuple[Teacher | None, Student]]:
        async with self.opens(self.settings) as service:
            yield self.asked.teaching(service), self.asked.learning(service)


def _estimated(estimate: Estimate, teacher: Teacher | None, student: Student) -> Iterator[str]:
    known = FREE if teacher is None else teacher.engine.capabilities.counts
    return estimate_lines(estimate, known, student.engine.capabilities.counts)


@contextmanager
def _watched(n: int) -> Iterator[Listener]:
    """Show how far a run is."""
    kept, failed = 0, 0
    with bar(n, "recycling") as advance:

        def hear(_: Sample, came: Outcome | Failed) -> None:
            nonlocal kept, failed
            kept += isinstance(came, Outcome) and came.choice.kept
            failed += isinstance(came, Failed)
            advance(f"{kept} kept, {failed} failed")

        yield hear


def _draw(report: Report, folder: Path) -> None:
    from training.recycle.plots import draw  # noqa: PLC0415 - in an extra

    with foreseen():
        draw(report, folder)


def _why(left_out: Mapping[str, int]) -> str:
    told = ", ".join(f"{n} {why}" for why, n in left_out.items())
    return f": of the searches {told}" if told else ""
