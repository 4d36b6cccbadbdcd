"""`fathom ifd`: what pairs of an instruction and its response are worth to a model."""

import asyncio
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue

from app.commands.bar import Advance, bar
from app.commands.ifd_report import JsonReport, Report, TextReport
from app.commands.named import check_named, engine_named, only
from app.commands.options import ConfigFlag, EngineFlag, JsonFlag, read_settings
from app.commands.running import Opener, foreseen, opener, run
from app.settings import Settings
from training.journal import Journal, journal
from training.pairs import Pair, read_pairs
from training.recycle.rows import SAMPLE, SampleRow, sample_row
from training.recycle.scores import Scores
from training.recycle.student import MAX_TOKENS, Student, reading
from training.recycle.summary import Summary
from training.recycle.templates import GUESS, Template


def ifd(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help="Pairs, as Alpaca, ShareGPT or messages."),
    ],
    *,
    student: Annotated[
        str | None,
        typer.Option("--student", metavar="NAME", help="A model or engine; the service's own."),
    ] = None,
    template: Annotated[
        Template, typer.Option("--template", help="What stands before a response.")
    ] = "chat",
    max_tokens: Annotated[
        int, typer.Option("--max-tokens", min=2, help="Of a text and what stands before it.")
    ] = MAX_TOKENS,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Only the first N.")] = None,
    concurrency: Annotated[int, typer.Option("--concurrency", min=1, help="Pairs at once.")] = 4,
    out: Annotated[
        Path | None,
        typer.Option("--out", dir_okay=False, help="Where scores go, line by line; goes on there."),
    ] = None,
    as_json: JsonFlag = False,
    engine_url: EngineFlag = None,
    config: ConfigFlag = None,
) -> None:
    """Score pairs by IFD and r-IFD: is the response hard, and the instruction feasible?"""
    settings = read_settings(config, engine_url)
    check_named(settings, student, "--student")
    with foreseen():
        asked = _Asked(file, _count(file, limit), student, template, max_tokens, concurrency, out)
    report: Report = JsonReport() if as_json else TextReport()
    interrupted = f"interrupted; the same command goes on in {out}" if out else "interrupted"
    work = _score(opener(context), only(settings, student), asked, report)
    run(work, interrupted=interrupted)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The command's arguments; `n` is how many of the file's pairs are to be scored."""

    file: Path
    n: int
    student: str | None
    template: Template
    max_tokens: int
    concurrency: int
    out: Path | None

    def pairs(self, begin: int) -> Iterator[Pair]:
        """Read the pairs from a place on."""
        return islice(read_pairs(self.file), begin, self.n)

    def setup(self, student: Student) -> dict[str, JsonValue]:
        """Return all that scores depend on."""
        with self.file.open("rb") as data:
            digest = hashlib.file_digest(data, "sha256").hexdigest()[:12]
        return {
            "model": student.engine.capabilities.model,
            "template": self.template,
            "guess": GUESS,
            "max_tokens": student.longest,
            "data": digest,
        }


def _count(file: Path, limit: int | None) -> int:
    """Count the pairs to score: a line that is none is found before anything is spent."""
    n = sum(1 for _ in islice(read_pairs(file), limit))
    if not n:
        raise typer.BadParameter(f"{file} holds no pairs")
    return n


async def _score(open_service: Opener, settings: Settings, asked: _Asked, report: Report) -> None:
    clock = asyncio.get_running_loop().time
    async with open_service(settings) as service:
        engine = reading(engine_named(service, asked.student))
        student = Student(engine, asked.template, asked.max_tokens)
        await student.check()
        began, setup = clock(), asked.setup(student)
        with _opened(asked.out, setup) as held, bar(asked.n, "scoring") as advance:
            report.begin({"object": "ifd", "file": str(asked.file), **setup})
            scoring = _Scoring(report, held, advance)
            scoring.resume(asked.n)
            pairs = asked.pairs(scoring.resumed)
            await student.score_each(pairs, scoring.hear, concurrency=asked.concurrency)
        seconds, out = round(clock() - began, 3), str(asked.out) if asked.out else None
        report.end(scoring.summary, {"out": out, "resumed": scoring.resumed, "seconds": seconds})


@dataclass(slots=True)
class _Scoring:
    """Where the scores of a run go, one after the other."""

    report: Report
    held: Journal | None
    advance: Advance
    summary: Summary = field(default_factory=Summary)
    resumed: int = 0

    def resume(self, n: int) -> None:
        """Tell of those that the file holds already, of `n` at most.

        Raises:
            OutputRefused: a line is none of such a run.
        """
        if self.held is None:
            return
        lines = self.held.lines[:n]
        for line, row in zip(lines, self.held.read(SAMPLE), strict=False):
            self._tell(line, row)
        self.resumed = len(lines)

    def hear(self, place: int, _: Pair, scores: Scores) -> None:
        """Write and tell of one that was scored now."""
        row = sample_row(self.resumed + place, scores)
        line = SAMPLE.dump_json(row)
        if self.held is not None:
            self.held.add(line)
        self._tell(line, row)

    def _tell(self, line: bytes, row: SampleRow) -> None:
        self.summary.add(row)
        self.report.sample(line.decode())
        self.advance(f"{self.summary.usage.prompt_tokens} tokens read")


@contextmanager
def _opened(out: Path | None, setup: Mapping[str, JsonValue]) -> Iterator[Journal | None]:
    """Open the file that scores go to, if there is to be one."""
    if out is None:
        yield None
        return
    with journal(out, setup) as held:
        yield held
