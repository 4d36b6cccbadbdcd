"""Running a training where torch is, until it is done or Ctrl-C, with a bar that says how far."""

import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.commands.running import INTERRUPTED, foreseen
from training.tuning import progress

T = TypeVar("T")


def command() -> str:
    """Return what was run, as it is typed."""
    return shlex.join(["fathom", *sys.argv[1:]])


def trained(train: Callable[[progress.Told], T]) -> T:
    """Train, and return the report; `train` tells how far it is.

    Raises:
        Exit: with code 1 after an error, 130 after Ctrl-C; why is on standard error.
    """
    from transformers.utils import logging  # noqa: PLC0415 torch takes seconds, and may be missing

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with foreseen(), _interruptible() as heard, _watched() as watched:

            def told(how_far: progress.Progress) -> None:
                watched(how_far)
                heard()

            return train(told)
    except KeyboardInterrupt:
        typer.echo(f"interrupted; what was learnt is kept, go on with: {command()}", err=True)
        raise typer.Exit(INTERRUPTED) from None


@contextmanager
def _interruptible() -> Iterator[Callable[[], None]]:
    """Have Ctrl-C heard between two steps; give what raises it there. The second one does at once.

    In the middle of a step half of the weights would be changed.
    """
    pressed = False

    def press(_signal: int, _frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def heard() -> None:
        if pressed:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, press)
    try:
        yield heard
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _watched() -> Iterator[progress.Told]:
    """Show on standard error how far a training is, if that is a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    bar = Progress(*columns, TimeRemainingColumn(), console=console, transient=True,
                   disable=not console.is_terminal)  # fmt: skip
    with bar:
        shown = bar.add_task("reading", total=None)

        def told(how_far: progress.Progress) -> None:
            parts = (("loss", how_far.loss), ("held out", how_far.held_out_loss))
            said = [f"{name} {value:.4f}" for name, value in parts if value is not None]
            bar.update(shown, completed=how_far.done, total=how_far.total,
                       description=", ".join([how_far.stage, *said]))  # fmt: skip

        yield told
