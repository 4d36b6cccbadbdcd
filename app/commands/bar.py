"""A bar on standard error that shows how far a long command is, if that is a terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Advance: TypeAlias = Callable[[str], None]
"""Moves the bar on by one, and says how things are."""


@contextmanager
def bar(total: int, doing: str) -> Iterator[Advance]:
    """Show a bar of `total` parts for as long as the context lasts; `doing` is said at first."""
    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    shown = Progress(*columns, TimeRemainingColumn(), console=console, transient=True,
                     disable=not console.is_terminal)  # fmt: skip
    with shown:
        task = shown.add_task(doing, total=total)
        yield lambda said: shown.update(task, advance=1, description=said)
