"""`fathom lab pause`: the four arms of pause tokens, trained here, and how it is told."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import typer

from app.commands.running import INTERRUPTED, foreseen
from evaluation.lab.pause.plan import Plan
from training.journal import fingerprint

PLAN = Plan()
FOLDER = Path(".cache") / "fathom" / "lab"
"""Where runs are kept if no folder is named."""

_KEPT = "interrupted; the models trained so far are kept, and the same command goes on from there"


@dataclass(frozen=True, slots=True)
class Asked:
    """The command's arguments."""

    seeds: int | None
    seed: int
    folder: Path | None
    plot: Path | None
    as_json: bool

    @property
    def plan(self) -> Plan:
        """What is trained."""
        return replace(PLAN, seeds=PLAN.seeds if self.seeds is None else self.seeds, seed=self.seed)


def pause(asked: Asked, told: Callable[[str, int, int], None]) -> None:
    """Run the experiment, and say what came of it.

    Raises:
        Exit: with code 130 after Ctrl-C, 1 after an error.
    """
    # Imported here: torch takes seconds.
    from evaluation.lab.pause.experiment import run  # noqa: PLC0415

    plan = asked.plan
    folder = asked.folder or FOLDER / f"pause-{fingerprint(plan.settings)}"
    try:
        with foreseen():
            found = run(plan, folder, told, len(os.sched_getaffinity(0)))
    except KeyboardInterrupt:
        typer.echo(_KEPT, err=True)
        raise typer.Exit(INTERRUPTED) from None
    if asked.plot is not None:
        from evaluation.lab.pause.pictures import draw  # noqa: PLC0415 - of another extra

        draw(found, asked.plot)
    said = found.plain | {"run": str(folder)}
    typer.echo(json.dumps(said) if asked.as_json else "\n".join(pause_lines(said)))


def pause_lines(said: Mapping[str, Any]) -> Iterator[str]:
    """Say the shares and gains for a person, each with its interval, by task."""
    for task, arms in said["arms"].items():
        yield f"{task:30} {'solved':>20} {'above the baseline':>26}"
        yield from (_row(arm, one) for arm, one in arms.items())
        for arm, numbers in said["sweep"][task].items():
            yield from (_row(f"{arm}, M = {m}", one) for m, one in numbers.items())
        yield from (_row(name, one) for name, one in said["controls"][task].items())
        for name, gain in said["tuned"][task].items():
            yield f"  {f'{name}: PauseFT - StdFT':28} {'':20} {_interval(gain, '+'):>26}"
    plan = said["plan"]
    for name in ("seeds", "seed", "problems", "pauses"):
        yield f"{name:10} {plan[name]}"
    yield f"{'run':10} {said['run']}"


def _row(name: str, one: Mapping[str, Any]) -> str:
    return f"  {name:28} {_interval(one['share']):>20} {_interval(one['gain'], '+'):>26}"


def _interval(told: Mapping[str, float], sign: str = "") -> str:
    value, low, high = (f"{told[name]:{sign}.3f}" for name in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"
