"""What `fathom label` was asked for, and what every way of labelling gives back."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import typer
from pydantic import JsonValue
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from app.commands.options import read_settings
from app.commands.running import Opener
from app.settings import Settings

Figures: TypeAlias = Mapping[str, JsonValue]

KEPT = "interrupted; what was done is kept, and the same command goes on from there"


@dataclass(frozen=True, slots=True)
class Report:
    """What was done, in figures; those of a kind are an object.

    `said` is what a person is told, if that is not the figures as they are.
    """

    figures: Figures
    said: str | None = None

    @property
    def text(self) -> str:
        """The report for a person to read."""
        return _lines(self.figures) if self.said is None else self.said


@dataclass(frozen=True, slots=True)
class Drawn:
    """How many solutions and roll-outs are drawn, and how; see the flags."""

    samples: int
    rollouts: int
    limit: int | None
    tokens: int | None
    temperature: float | None
    max_answer_tokens: int | None
    prompt: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The command's arguments; see the flags."""

    file: Path
    out: Path
    phase: int | None
    generations: tuple[int, ...]
    skip_broken: bool
    step_end: str
    pattern: str | None
    scorer: str | None
    threshold: float
    outcomes: bool
    selector: str | None
    n: int | None
    seed: int
    already: tuple[Path, ...]
    labeler: str | None
    quality: Path | None
    drawn: Drawn
    concurrency: int
    engine_url: str | None
    config: Path | None
    opens: Callable[[], Opener]

    @property
    def settings(self) -> Settings:
        """The settings, with what the flags say in place of what the file says."""
        return read_settings(self.config, self.engine_url)

    def beside(self, what: str) -> Path:
        """Return a file beside the one that is written: `labels.jsonl` has `labels.what.jsonl`."""
        return self.out.with_name(f"{self.out.stem}.{what}.jsonl")


@dataclass(frozen=True, slots=True)
class Way:
    """A way of labelling: what does it, the flags that are its own, and those it cannot do without.

    Flags are named as the command's parameters are.
    """

    run: Callable[[Asked], Report]
    flags: frozenset[str] = frozenset()
    needs: tuple[str, ...] = ()


@contextmanager
def counted(what: str) -> Iterator[Callable[[], None]]:
    """Show on standard error how many there were so far, if that is a terminal."""
    console, n = Console(stderr=True), 0
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        shown = bar.add_task(what)

        def one_more() -> None:
            nonlocal n
            n += 1
            bar.update(shown, description=f"{n} {what}")

        yield one_more


def refuse_itself(asked: Asked) -> None:
    """Return unless the file that is written is one of those that are read.

    Raises:
        BadParameter: it is.
    """
    read = [asked.file, *asked.already, *([asked.quality] if asked.quality else [])]
    if asked.out.exists() and any(asked.out.samefile(path) for path in read):
        raise typer.BadParameter(f"--out {asked.out} is read too; name another file")


def _lines(figures: Figures) -> str:
    width = max(map(len, figures))
    return "\n".join(
        f"{name.replace('_', ' '):{width}}  {_said(value)}" for name, value in figures.items()
    )


def _said(value: JsonValue) -> str:
    if isinstance(value, dict):
        told = (f"{_said(number)} {name.replace('_', ' ')}" for name, number in value.items())
        return ", ".join(told) or "none"
    if isinstance(value, float):
        return f"{100 * value:.1f} %"
    return "none" if value is None else str(value)
