"""`fathom export`: training data from searches that were run."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from app.commands.options import JsonFlag
from app.commands.running import run
from evaluation.datasets import DatasetError, load
from scorers.answers import Grader
from scorers.equality import MathGrader
from training.export.dpo import Against, DpoExporter
from training.export.prm import PrmExporter
from training.export.rows import Exported, Exporter, export
from training.export.sft import SftExporter
from training.traces import read_searches

_MARGIN = 0.1


Kind: TypeAlias = Literal["prm", "dpo", "sft"]
"""What is made of searches."""


def export_traces(
    kind: Annotated[
        Kind, typer.Argument(help="Step rewards, pairs of answers, or the answers alone.")
    ],
    traces: Annotated[
        list[Path],
        typer.Argument(
            metavar="TRACE...",
            exists=True,
            help="What `ask --trace` wrote, or answers with a `search.trace`; folders of them.",
        ),
    ],
    *,
    out: Annotated[Path, typer.Option("--out", dir_okay=False, help="Where the rows go.")],
    truths: Annotated[
        Path | None,
        typer.Option("--truths", exists=True, dir_okay=False, help="Questions and answers."),
    ] = None,
    margin: Annotated[
        float | None,
        typer.Option("--margin", min=0, max=1, help=f"dpo: between scores; {_MARGIN} by default."),
    ] = None,
    against: Annotated[
        Against | None,
        typer.Option("--against", help="dpo: the worst that will do, or each."),
    ] = None,
    min_score: Annotated[
        float | None, typer.Option("--min-score", min=0, max=1, help="sft: of the answer.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Turn stored searches into data to train verifiers and models on."""
    _refuse(kind, {"--margin": margin, "--against": against}, "dpo")
    _refuse(kind, {"--min-score": min_score}, "sft")
    if out.resolve() in [trace.resolve() for trace in traces]:
        raise typer.BadParameter("--out is one of the traces")
    gap = _MARGIN if margin is None else margin
    makers: dict[Kind, Callable[[Grader], Exporter]] = {
        "prm": PrmExporter,
        "dpo": partial(DpoExporter, margin=gap, against=against or "worst"),
        "sft": partial(SftExporter, min_score=min_score),
    }
    done = run(_export(makers[kind], traces, truths, out))
    told = {"kind": kind, "out": str(out), **asdict(done)}
    typer.echo(json.dumps(told) if as_json else _lines(done, out))


def _refuse(kind: Kind, options: Mapping[str, object], of: Kind) -> None:
    """Refuse options of another kind."""
    given = [name for name, value in options.items() if value is not None]
    if given and kind != of:
        raise typer.BadParameter(f"{given[0]} is of `export {of}` alone")


async def _export(
    make: Callable[[Grader], Exporter], traces: Sequence[Path], truths: Path | None, out: Path
) -> Exported:
    known = _truths(truths) if truths else {}
    async with MathGrader() as grader:
        return await export(read_searches(traces, but=out), make(grader), known, out)


def _truths(path: Path) -> dict[str, str]:
    """Read the right answers of questions, from a file of either that `fathom eval` reads."""
    known: dict[str, str] = {}
    for question in load(path):
        if known.setdefault(question.text, question.truth) != question.truth:
            raise DatasetError(path, None, f"has two answers to {question.text!r}")
    return known


def _lines(done: Exported, out: Path) -> str:
    left = sorted(done.left_out.items(), key=lambda item: -item[1])
    return "\n".join(
        [
            f"{done.rows} rows of {done.searches} searches",
            *(f"left out  {times}: {reason}" for reason, times in left),
            f"rows      {out}",
        ]
    )
