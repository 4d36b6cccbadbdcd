"""`fathom compare`: two runs of `fathom eval` over the same questions."""

import json
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter

from app.commands.options import JsonFlag
from app.commands.running import foreseen
from evaluation.comparison import Compared, compare
from evaluation.runfile import read

_COMPARED = TypeAdapter(Compared)


def compare_runs(
    first: Annotated[Path, typer.Argument(help="The records of a `fathom eval`.")],
    second: Annotated[Path, typer.Argument(help="Those of another one.")],
    *,
    seed: Annotated[int, typer.Option(help="Draws the questions for the intervals.")] = 0,
    as_json: JsonFlag = False,
) -> None:
    """Say how much more of the same questions the second run got right, and how sure that is."""
    with foreseen():
        found = compare(read(first), read(second), seed)
    plain = _COMPARED.dump_python(found, mode="json")
    told = {"first_file": str(first), "second_file": str(second), "seed": seed, **plain}
    typer.echo(json.dumps(told) if as_json else _lines(found))


def _lines(found: Compared) -> str:
    d = found.difference
    tokens = "unknown: a question of the first run cost none"
    if found.tokens is not None and found.tokens_interval is not None:
        low, high = found.tokens_interval
        tokens = f"{found.tokens:.2f} [{low:.2f}, {high:.2f}] times those of the first"
    return "\n".join(
        [
            f"{found.n} questions answered by both, {found.left_out} left out",
            f"first      {100 * found.first:.1f} %",
            f"second     {100 * found.second:.1f} %",
            f"difference {100 * d.value:+.1f} [{100 * d.low:+.1f}, {100 * d.high:+.1f}] points, "
            f"p = {d.p:.2g}",
            f"tokens     {tokens}",
            f"differ in  {', '.join(found.differs) or 'nothing'}",
        ]
    )
