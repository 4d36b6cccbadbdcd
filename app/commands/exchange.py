"""`fathom exchange`: a small model that searches against a large one, at the same compute."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from app.commands.extras import needs
from app.commands.options import JsonFlag
from app.commands.running import foreseen
from evaluation.exchange import RATIOS, NotAQuantity, allowance, parameters_ratio
from evaluation.matched.comparison import Comparison, Exchange, Group, compare
from evaluation.matched.runs import Answers, Unit, match
from evaluation.runfile import read
from training.writing import OutputRefused

_HEAD = f"{'bin':>4} {'n':>5} {'R':>7} {'compute':>10} {'small':>7} {'large':>7}  "


def exchange(
    *,
    small: Annotated[
        list[Path],
        typer.Option("--small", metavar="RUN", help="Of the small model; again for each budget."),
    ],
    large: Annotated[
        Path, typer.Option("--large", metavar="RUN", help="Of the large model, one sample each.")
    ],
    m: Annotated[
        float | None,
        typer.Option("--parameters-ratio", metavar="M", help="Large over small parameters."),
    ] = None,
    small_parameters: Annotated[
        float | None, typer.Option("--small-parameters", help="In place of M, with the next one.")
    ] = None,
    large_parameters: Annotated[
        float | None, typer.Option("--large-parameters", help="In place of M, with the last one.")
    ] = None,
    ratio: Annotated[
        list[float] | None,
        typer.Option("--ratio", metavar="R", help="Tokens drawn over trained on; 0.16, 0.79, 22."),
    ] = None,
    difficulty: Annotated[
        Path | None,
        typer.Option(
            "--difficulty", metavar="FILE", help="A run, or {id: number}; more is harder."
        ),
    ] = None,
    bins: Annotated[int, typer.Option(min=1, help="Quantiles of difficulty.")] = 5,
    unit: Annotated[Unit, typer.Option(help="What compute is counted in.")] = "tokens",
    seed: Annotated[int, typer.Option(help="Draws the intervals.")] = 0,
    plot: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write the picture, a PNG, here.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Say which wins at the same compute, searching or more parameters, by difficulty."""
    ratios = tuple(ratio or RATIOS)
    times = _times(m, small_parameters, large_parameters, ratios)
    if plot is not None:
        needs("evaluate", "matplotlib")
    with foreseen():
        runs = [read(path) for path in small]
        matched = match(runs, read(large), difficulty, unit)
        found = compare(matched, times, ratios, bins=bins, seed=seed)
        if plot is not None:
            _draw(found, plot)
    told = {"plot": str(plot) if plot else None, "seed": seed, **found.plain}
    typer.echo(json.dumps(told) if as_json else "\n".join(_lines(found, plot)))


def _times(
    m: float | None, small: float | None, large: float | None, ratios: tuple[float, ...]
) -> float:
    """Return M, after trying it with each ratio: they are flags, which end in code 2."""
    try:
        times = _multiple(m, small, large)
        for ratio in ratios:
            allowance(times, ratio)
    except NotAQuantity as error:
        raise typer.BadParameter(str(error)) from error
    return times


def _multiple(m: float | None, small: float | None, large: float | None) -> float:
    if m is not None and small is None and large is None:
        return m
    if m is None and small is not None and large is not None:
        return parameters_ratio(small, large)
    raise typer.BadParameter(
        "give either --parameters-ratio, or --small-parameters and --large-parameters"
    )


def _draw(found: Comparison, path: Path) -> None:
    from evaluation.matched.picture import draw  # noqa: PLC0415 - in an extra

    small, large = found.matched.small[0].setup.model, found.matched.large.setup.model
    try:
        draw(found, path, title=f"{small} against {large}, M = {found.parameters_ratio:g}")
    except OSError as error:
        raise OutputRefused(path, f"cannot be written: {error.strerror}") from error


def _lines(found: Comparison, plot: Path | None) -> Iterator[str]:
    matched, whole = found.matched, found.groups[-1]
    yield (
        f"large      {matched.large.setup.model}, {found.parameters_ratio:g} x the parameters; "
        f"an answer takes {whole.large_answer:.4g} {matched.unit}"
    )
    for run, point in zip(matched.small, whole.runs, strict=True):
        yield f"small      {_named(run)}, {point.compute:.4g} x, {100 * point.accuracy:.1f} % right"
    yield f"compute    1 is an answer of the small model: {whole.answer:.4g} {matched.unit}"
    yield f"difficulty {matched.difficulty_from}"
    for why, n in matched.left_out.items():
        yield f"left out   {n} questions: {why}"
    yield _HEAD + f"{'small - large':26} wins"
    for group in found.groups:
        yield from (_row(group, one) for one in group.exchanges)
    if any(one.capped for group in found.groups for one in group.exchanges):
        yield "* more than any run has spent: `small` is that of the dearest run, not extrapolated"
    if plot is not None:
        yield f"plot       {plot}"


def _named(run: Answers) -> str:
    return f"{run.setup.model}, {json.dumps(run.setup.strategy)}"


def _row(group: Group, one: Exchange) -> str:
    name = "all" if group.bin is None else str(group.bin)
    compute = f"{one.allowed:.2f}{'*' if one.capped else ' '}"
    d = one.difference
    gain = f"{d.value:+.3f} [{d.low:+.3f}, {d.high:+.3f}]"
    return (
        f"{name:>4} {group.questions:>5} {one.ratio:>7g} {compute:>10} "
        f"{one.small:>7.3f} {one.large:>7.3f}  {gain:26} {one.winner}"
    )
