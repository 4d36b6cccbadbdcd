"""A person's ratings at the terminal, a row for each solution, gone on with where they ended."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from uuid import UUID, uuid4

import typer

from app.commands.labelling.asked import Asked, Figures, Report, Way
from app.commands.labelling.terminal import Terminal
from app.commands.running import INTERRUPTED, run
from scorers.equality import MathGrader
from training.examples import Example
from training.label.grading import Grading
from training.label.human import NEEDED, Ratings, Shown, read_quality, row_of
from training.label.prm800k_rows import Row
from training.label.sheet import Sheet
from training.label.solutions import read_solutions
from training.writing import Write, appended


@dataclass(frozen=True, slots=True)
class Clock:
    """What time it is, and how much of it passes in seconds."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    seconds: Callable[[], float] = monotonic


@dataclass(frozen=True, slots=True)
class Sitting:
    """One person's work on solutions, until there are no more or they would rather leave."""

    ratings: Ratings
    grading: Grading
    generation: int
    write: Write
    terminal: Terminal
    clock: Clock

    def hold(self, shown: Sequence[Shown]) -> None:
        """Have solutions rated; each is written as soon as it is.

        Raises:
            Abort: there is nothing more to read.
        """
        for place, one in enumerate(shown, 1):
            row = self._rate(one, f"{place} of {len(shown)}")
            if row is None:
                return
            self.write(row.model_dump_json() + "\n")
            self.ratings.add(row)

    def _rate(self, one: Shown, place: str) -> Row | None:
        began = self.clock.seconds()
        sheet = self.terminal.rate(Sheet(one.example), place)
        if sheet is None:
            return None
        return row_of(
            sheet,
            labeler=self.ratings.labeler,
            when=self.clock.now(),
            milliseconds=round(1000 * (self.clock.seconds() - began)),
            generation=self.generation,
            known=one.known,
            answer=self.grading.answer(one.example),
        )


def _human(asked: Asked) -> Report:
    labeler = _labeler(asked)
    quality = read_quality(asked.quality, asked.step_end) if asked.quality else []
    ratings = Ratings(labeler, quality)
    with appended(asked.out) as write:
        ratings.read(asked.out)
        examples, grading = run(_graded(asked))
        sitting = Sitting(ratings, grading, _generation(asked), write, Terminal(), Clock())
        shown = ratings.left(examples)
        try:
            sitting.hold(shown)
        except (typer.Abort, KeyboardInterrupt):
            typer.echo(
                "interrupted; what was rated is kept, and the same command goes on", err=True
            )
            raise typer.Exit(INTERRUPTED) from None
    return _report(asked, ratings, len(shown))


def _report(asked: Asked, ratings: Ratings, shown: int) -> Report:
    agreement = ratings.agreement
    told: Figures = {
        "rated": dict(ratings.finished),
        "rated_before": ratings.before,
        "left": shown - ratings.finished.total(),
        "quality": {"solutions": agreement.solutions, "labels": agreement.labels},
        "agreement": agreement.share,
        "agreement_needed": NEEDED,
        "out": str(asked.out),
    }
    return Report(told)


def _labeler(asked: Asked) -> str:
    assert asked.labeler
    try:
        return str(UUID(asked.labeler))
    except ValueError:
        raise typer.BadParameter(
            f"--labeler {asked.labeler!r} is no UUID; a new one is {uuid4()}"
        ) from None


def _generation(asked: Asked) -> int:
    if len(asked.generations) > 1:
        raise typer.BadParameter("--generation: what a person rates is of one generation")
    return asked.generations[0] if asked.generations else 0


async def _graded(asked: Asked) -> tuple[list[Example], Grading]:
    """Return the solutions, graded where their truth is known: a wrong one has a wrong step."""
    examples = [example for _, example in read_solutions(asked.file, asked.step_end)]
    async with MathGrader() as grader:
        grading = Grading(grader, asked.step_end, asked.pattern)
        return await grading.fill(examples), grading


HUMAN = Way(
    _human,
    frozenset({"labeler", "quality", "generation", "step_end", "pattern"}),
    needs=("labeler",),
)
