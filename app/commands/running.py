"""Running what a command does: a service opened and closed around it, errors as one sentence."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Any, TypeAlias, TypeVar

import typer
import uvloop

from app.errors import STATUS
from app.keys.errors import NoKeys
from app.listening import CannotListen
from app.logs import configure_logs
from app.service import Service, open_service
from app.settings import Settings
from app.telemetry.opening import TelemetryMissing
from evaluation.calibrate.errors import CalibrateError
from evaluation.datasets import DatasetError
from evaluation.exchange import ExchangeError
from evaluation.lab.errors import NoModels, NothingSelected
from evaluation.runfile import RunFileError
from training.examples import ExampleError
from training.gguf.errors import NotWritable
from training.label.errors import UnfitScorer
from training.pairs import PairError
from training.pause.corpus import CorpusError
from training.tuning.errors import TrainError
from training.writing import OutputRefused

Opener: TypeAlias = Callable[[Settings], AbstractAsyncContextManager[Service]]
"""Opens a service."""
T = TypeVar("T")

INTERRUPTED = 130
"""What a process ended by Ctrl-C exits with, as shells have it: 128 and the signal's number."""
_FORESEEN: tuple[type[Exception], ...] = (
    *STATUS,
    CalibrateError,
    CannotListen,
    CorpusError,
    DatasetError,
    ExampleError,
    ExchangeError,
    NoKeys,
    NoModels,
    NotWritable,
    NothingSelected,
    OutputRefused,
    PairError,
    RunFileError,
    TelemetryMissing,
    TrainError,
    UnfitScorer,
)


def opener(context: typer.Context) -> Opener:
    """Return what opens the service: the context's object if there is one, as in tests.

    If there is none, this is a process of ours, and its log is set up too.
    """
    if context.obj is not None:
        given: Opener = context.obj
        return given
    configure_logs("warning")
    return open_service


def run(main: Coroutine[Any, Any, T], *, interrupted: str = "interrupted") -> T:
    """Run a command to its end, which closes what it opened however it ends.

    Raises:
        Exit: with code 1 after an error, 130 after Ctrl-C; why is on standard error.
    """
    try:
        with foreseen(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(main)
    except KeyboardInterrupt:
        typer.echo(interrupted, err=True)
        raise typer.Exit(INTERRUPTED) from None


@contextmanager
def foreseen() -> Iterator[None]:
    """Turn an error that can be expected into one sentence on standard error, and code 1.

    Raises:
        Exit: in place of the error.
    """
    try:
        yield
    except _FORESEEN as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from error
