"""`fathom lab`: claims of the papers, measured with the laboratory's own models."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import JsonValue
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.commands.compute_optimal import LIVE_UP_TO, SIZES, Asked, compute_optimal
from app.commands.extras import needs
from app.commands.lab_flags import check_flags
from app.commands.lab_pause import Asked as PauseAsked
from app.commands.lab_pause import pause
from app.commands.lab_recycle import AskedToRecycle, recycle, recycle_lines
from app.commands.lab_trade import trade_lines
from app.commands.options import JsonFlag
from app.commands.running import foreseen, opener
from evaluation.lab.problems import held_out, read_problems
from evaluation.lab.task import Problem
from weights import LAB

_BUILT = Path(".cache/lab")
_PROBE = 4


class Experiment(StrEnum):
    """What the laboratory can do."""

    BUILD = "build"
    PRM_VS_ORM = "prm-vs-orm"
    ACTIVE_LEARNING = "active-learning"
    SYNTHETIC_SUPERVISION = "synthetic-supervision"
    COMPUTE_OPTIMAL = "compute-optimal"
    EXCHANGE = "exchange"
    PAUSE = "pause"
    RECYCLE = "recycle"


def lab(
    context: typer.Context,
    experiment: Annotated[
        Experiment, typer.Argument(help="Train the models anew, or what to measure with them.")
    ],
    *,
    problems: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help='Problems to hold out, lines of {"question": "(7+5)*3=?"}; a fixed set otherwise.',
        ),
    ] = None,
    models: Annotated[
        Path | None, typer.Option(file_okay=False, help="A folder of models that were built.")
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Of each held-out problem; 256; where verifiers train 24, in `exchange` 144.",
        ),
    ] = None,
    labelled: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="In `prm-vs-orm`: solutions that reward models learn from; else 500.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of all that is drawn.")] = 0,
    plot: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write the picture, a PNG, here.")
    ] = None,
    install: Annotated[
        bool, typer.Option("--install", help="Put what was built where it comes along.")
    ] = False,
    budgets: Annotated[
        str | None,
        typer.Option(help=f"In `compute-optimal`: in plain samples, rising; else {SIZES}."),
    ] = None,
    live_up_to: Annotated[
        int | None,
        typer.Option(
            min=1, help=f"In `compute-optimal`: the largest one searched for; else {LIVE_UP_TO}."
        ),
    ] = None,
    probe: Annotated[
        int | None,
        typer.Option(min=1, help="In `compute-optimal`: samples that tell difficulty; else 4."),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="In `compute-optimal`: what `auto` goes by; else what comes along.",
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--run",
            file_okay=False,
            help="In `compute-optimal`, `pause` and `recycle`: where the run is kept.",
        ),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=30,
            help="In `pause` and `recycle`: how often all is made anew; else 5 times.",
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Measure on real models, in minutes, what the papers say of verifiers, pauses and compute."""
    check_flags(
        experiment,
        {
            "--problems": problems,
            "--models": models,
            "--samples": samples,
            "--labelled": labelled,
            "--install": install or None,
            "--budgets": budgets,
            "--live-up-to": live_up_to,
            "--probe": probe,
            "--policy": policy,
            "--run": folder,
            "--seeds": seeds,
        },
    )
    if experiment is Experiment.COMPUTE_OPTIMAL:
        with foreseen():
            held = read_problems(problems) if problems else held_out()
        asked = Asked(
            held,
            budgets or SIZES,
            LIVE_UP_TO if live_up_to is None else live_up_to,
            _PROBE if probe is None else probe,
            policy,
            folder,
            seed,
            plot,
            as_json,
        )
        compute_optimal(opener(context), asked)
        return
    needs("train", "torch", "transformers", "safetensors", "gguf")
    needs("evaluate", *(["matplotlib"] if plot else []))
    _hush()
    if experiment is Experiment.PAUSE:
        with _watched() as told:
            pause(PauseAsked(seeds, seed, folder, plot, as_json), told)
        return
    with foreseen(), _watched() as told:
        held = read_problems(problems) if problems else held_out()
        if experiment is Experiment.BUILD:
            said = _build(models or _BUILT, held, told, install=install)
        elif experiment is Experiment.RECYCLE:
            said = recycle(AskedToRecycle(models or LAB, held, seeds, seed, folder, plot), told)
        else:
            # Imported here: torch takes seconds.
            from evaluation.lab.experiments import EXPERIMENTS, Setup  # noqa: PLC0415

            setup = Setup(models or LAB, held, samples, labelled, seed, plot, told)
            said = EXPERIMENTS[experiment](setup)
    lines = _SAID.get(experiment, _lines)
    typer.echo(json.dumps(said) if as_json else "\n".join(lines(said)))


def _build(
    folder: Path,
    held: Sequence[Problem],
    told: Callable[[str, int, int], None],
    *,
    install: bool,
) -> dict[str, JsonValue]:
    from evaluation.lab import build  # noqa: PLC0415

    build.Build(folder, frozenset(one.question for one in held), told).run()
    if install:
        build.install(folder)
    return {"models": str(folder)}


def _hush() -> None:
    """Have transformers say nothing of its own: standard output is the figures'."""
    from transformers.utils import logging  # noqa: PLC0415

    logging.disable_progress_bar()
    logging.set_verbosity_error()


@contextmanager
def _watched() -> Iterator[Callable[[str, int, int], None]]:
    """Show what is being done, and how far it is, on standard error."""
    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    bars = Progress(*columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal)
    with bars:
        task = bars.add_task("")

        def told(doing: str, done: int, total: int) -> None:
            bars.update(task, description=doing, completed=done, total=total)

        yield told


def _lines(said: Mapping[str, Any]) -> Iterator[str]:
    """Say the figures for a person: each with its interval."""
    for name, figure in said.get("figures", {}).items():
        value, low, high = figure["value"], figure["low"], figure["high"]
        yield f"{name:14} {value:.3f} [{low:.3f}, {high:.3f}]"
    for name, figure in said.get("separation", {}).items():
        if figure:
            told = f"{figure['value']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]"
            yield f"{name:14} {told} within questions"
    for name in ("problems", "samples", "seed", "models"):
        if name in said:
            yield f"{name:14} {said[name]}"


_SAID = {Experiment.EXCHANGE: trade_lines, Experiment.RECYCLE: recycle_lines}
"""What is said in other ways than `_lines` has."""
