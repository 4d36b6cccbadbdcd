"""`fathom train`: a process or outcome reward model from a file of labelled solutions."""

import json
import shlex
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, TypeAlias

import typer
import yaml
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from typer.models import OptionInfo

from app.commands.extras import needs
from app.commands.options import JsonFlag
from app.commands.running import INTERRUPTED, foreseen
from scorers.families import FAMILIES
from training.examples import read_examples
from training.tuning import progress
from training.verifier.config import TrainConfig
from training.verifier.report import Measures, Report


class Kind(StrEnum):
    """What is trained."""

    PRM = "prm"
    ORM = "orm"


_FIELDS = TrainConfig.model_fields


def _flag(name: str, metavar: str | None = None) -> OptionInfo:
    """Return the flag of a setting, with the setting's own words."""
    said = _FIELDS[name].description or ""
    flag = f"--{name.replace('_', '-')}"
    return OptionInfo(
        default=..., param_decls=(flag,), help=f"{said[:1].upper()}{said[1:]}.", metavar=metavar
    )


Whole: TypeAlias = int | None
Number: TypeAlias = float | None
Word: TypeAlias = str | None


def train(
    kind: Annotated[Kind, typer.Argument(help="A judge of steps, or of whole solutions.")],
    *,
    data: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="Labelled solutions, lines of JSON.")
    ],
    base: Annotated[
        Path, typer.Option(exists=True, file_okay=False, help="The model it is made of.")
    ],
    out: Annotated[Path, typer.Option(help="The verifier's directory, which must not be there.")],
    config: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="A YAML file of the settings below."),
    ] = None,
    family: Annotated[Word, _flag("family", metavar="|".join(FAMILIES))] = None,
    split: Annotated[Word, _flag("split")] = None,
    classes: Annotated[Whole, _flag("classes", metavar="2|3")] = None,
    neutral: Annotated[Word, _flag("neutral", metavar="positive|negative")] = None,
    freeze: Annotated[Whole, _flag("freeze")] = None,
    epochs: Annotated[Whole, _flag("epochs")] = None,
    batch_tokens: Annotated[Whole, _flag("batch_tokens")] = None,
    learning_rate: Annotated[Number, _flag("learning_rate")] = None,
    warmup: Annotated[Number, _flag("warmup")] = None,
    decay: Annotated[Word, _flag("decay", metavar="cosine|linear")] = None,
    weight_decay: Annotated[Number, _flag("weight_decay")] = None,
    betas: Annotated[tuple[float, float] | None, _flag("betas")] = None,
    dropout: Annotated[Number, _flag("dropout")] = None,
    seed: Annotated[Whole, _flag("seed")] = None,
    validation: Annotated[Number, _flag("validation")] = None,
    checks: Annotated[Whole, _flag("checks")] = None,
    patience: Annotated[Whole, _flag("patience")] = None,
    max_tokens: Annotated[Whole, _flag("max_tokens")] = None,
    checkpoint_every: Annotated[Whole, _flag("checkpoint_every")] = None,
    device: Annotated[Word, _flag("device")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Train a verifier that vLLM can serve; the same command goes on with one that was stopped."""
    flags = {name: value for name, value in locals().items() if name in _FIELDS}
    settings = _settings(config, {**flags, "kind": kind.value})
    needs("train", "torch", "transformers", "safetensors")
    report = _trained(settings, data, base, out)
    typer.echo(json.dumps(report.plain) if as_json else _lines(report))


def _settings(file: Path | None, flags: Mapping[str, Any]) -> TrainConfig:
    """Put flags together with a file of settings, over which they take precedence."""
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return TrainConfig.model_validate({**_read(file), **given})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            raise typer.BadParameter(f"there is no setting `{where}`") from error
        said = first["msg"].removeprefix("Value error, ")
        raise typer.BadParameter(f"`{where}`: {said}" if where else said) from error


def _read(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise typer.BadParameter(f"{file} is no YAML: {error}") from error
    if not isinstance(found, dict):
        raise typer.BadParameter(f"{file} has no settings by name")
    return found


def _trained(settings: TrainConfig, data: Path, base: Path, out: Path) -> Report:
    """Train where torch is, until it is done or Ctrl-C.

    Raises:
        Exit: with code 1 after an error, 130 after Ctrl-C; why is on standard error.
    """
    from transformers.utils import logging  # noqa: PLC0415 torch takes seconds, and may be missing

    from training.verifier.train import train as run  # noqa: PLC0415

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    command = shlex.join(["fathom", *sys.argv[1:]])
    try:
        with foreseen(), _interruptible() as heard, _watched() as watched:

            def told(how_far: progress.Progress) -> None:
                watched(how_far)
                heard()

            return run(settings, list(read_examples(data)), base, out, told, command=command)
    except KeyboardInterrupt:
        typer.echo(f"interrupted; what was learnt is kept, go on with: {command}", err=True)
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


def _lines(report: Report) -> str:
    c = report.counts
    early = "" if report.steps == report.planned else ", ended early"
    lines = [
        f"verifier  {report.directory}",
        f"data      {c.examples} solutions: {c.trained} learnt from, {c.held_out} held out; "
        f"{c.unlabelled} without a label, {c.too_long} too long",
        f"questions {c.questions} learnt from, {c.held_out_questions} held out",
        f"steps     {report.steps} of {report.planned}{early}; kept is step {report.best_step}",
        f"loss      {report.loss:.4f} in training",
        *(_measured(report.measures) if report.measures else ()),
        f"serve     {report.serve}",
        f"scorer    {json.dumps(report.scorer)}",
    ]
    return "\n".join(lines)


def _measured(measures: Measures) -> Iterator[str]:
    yield f"held out  loss {measures.loss:.4f}, AUC {_number(measures.auc)}"
    for how, found in measures.within_question.items():
        told = "no question has right and wrong solutions"
        if found is not None:
            told = (
                f"{found.auc:.3f} [{found.low:.3f}, {found.high:.3f}], {found.questions} questions"
            )
        yield f"within a question, by {how}: AUC {told}"


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"
