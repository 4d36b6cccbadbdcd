"""`fathom curve`: accuracy by how many of a run's solutions there were to choose from."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter

from app.commands.options import JsonFlag
from app.commands.running import foreseen
from evaluation.runfile import read
from evaluation.selection import TRIALS, Point, Spread, curve

_POINTS = TypeAdapter(tuple[Point, ...])


def curve_of(
    file: Annotated[Path, typer.Argument(help="The records of a `fathom eval`.")],
    *,
    trials: Annotated[int, typer.Option(min=1, help="Random drawings of each number.")] = TRIALS,
    seed: Annotated[int, typer.Option(help="Decides what is drawn.")] = 0,
    as_json: JsonFlag = False,
) -> None:
    """Say what pass@N, a majority and best-of-N come to, without asking anything again."""
    with foreseen():
        questions = read(file).drawn()
    points = curve(questions, trials=trials, seed=seed)
    plain = _POINTS.dump_python(points, mode="json")
    told = {"n": len(questions), "trials": trials, "seed": seed, "points": plain}
    typer.echo(json.dumps(told) if as_json else _lines(points, len(questions), trials))


def _lines(points: Sequence[Point], n: int, trials: int) -> str:
    rows = [f"{n} questions, {trials} trials; %, with the standard deviation over trials"]
    rows.append(f"{'N':>5}  {'pass@N':>8}  {'majority':>12}  {'best of N':>12}")
    rows += [
        f"{p.n:>5}  {100 * p.pass_at:>8.1f}  {_shown(p.majority):>12}  {_shown(p.best_of_n):>12}"
        for p in points
    ]
    return "\n".join(rows)


def _shown(spread: Spread | None) -> str:
    return f"{100 * spread.mean:.1f} ± {100 * spread.deviation:.1f}" if spread else "no scores"
