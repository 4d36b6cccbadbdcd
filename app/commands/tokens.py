"""`fathom tokens`: accuracy over tokens, of runs side by side."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app.commands.extras import needs
from app.commands.options import JsonFlag
from app.commands.running import foreseen
from evaluation.runfile import read
from evaluation.spending import Spent, spending
from training.writing import OutputRefused


def tokens_of(
    files: Annotated[
        list[Path], typer.Argument(help="The records of several `fathom eval` on one data set.")
    ],
    *,
    plot: Annotated[
        Path | None, typer.Option("--plot", dir_okay=False, help="Write the curves, a PNG, here.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Say what strategies come to at how many tokens, without asking anything again."""
    if plot is not None:
        needs("evaluate", "matplotlib")
    with foreseen():
        spent = spending([read(file) for file in files])
        if plot is not None:
            _draw(spent, plot)
    told = {"runs": [asdict(one) for one in spent]}
    typer.echo(json.dumps(told) if as_json else _lines(spent))


def _draw(spent: Sequence[Spent], plot: Path) -> None:
    # Imported here: of an extra, and slow.
    from evaluation.spending_picture import draw  # noqa: PLC0415

    try:
        draw(spent, plot)
    except OSError as error:
        raise OutputRefused(plot, f"cannot be written: {error.strerror}") from error


def _lines(spent: Sequence[Spent]) -> str:
    rows = [f"{spent[0].questions} questions; accuracy in %, with its 95 % interval"]
    rows.append(f"{'strategy':<24}  {'tokens':>9}  accuracy")
    rows += [
        f"{one.strategy:<24}  {one.tokens:>9.1f}  "
        f"{100 * one.accuracy:.1f} [{100 * one.low:.1f}, {100 * one.high:.1f}]"
        for one in spent
    ]
    return "\n".join(rows)
