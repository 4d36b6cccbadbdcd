"""`fathom compare`: two runs of `fathom eval`, or with `--prompts` two models by a judge."""

import json
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter

from app.commands.comparing.models import Way
from app.commands.comparing.run import Asked, compared
from app.commands.options import (
    ConcurrencyFlag,
    ConfigFlag,
    EngineFlag,
    JsonFlag,
    LimitFlag,
    MaxAnswerTokensFlag,
    SecondsFlag,
    TemperatureFlag,
    TokensFlag,
    read_settings,
    search_options,
)
from app.commands.running import foreseen, opener, run
from app.settings import SERVICE_NAME
from evaluation.comparison import Compared, compare
from evaluation.runfile import read

_COMPARED = TypeAdapter(Compared)
_OF_RUNS = frozenset({"first", "second", "seed", "as_json"})
"""What a comparison of two runs takes."""


def compare_runs(
    context: typer.Context,
    first: Annotated[
        str, typer.Argument(help="A run's records; with --prompts a model, or a file of answers.")
    ],
    second: Annotated[str, typer.Argument(help="Another one's.")],
    *,
    prompts: Annotated[
        Path | None,
        typer.Option(
            "--prompts", exists=True, dir_okay=False, help="What both answer, for a judge."
        ),
    ] = None,
    judge: Annotated[
        str, typer.Option("--judge", metavar="MODEL", help="The model that judges.")
    ] = SERVICE_NAME,
    judge_tokens: Annotated[
        int, typer.Option("--judge-tokens", min=1, help="The cap on each of its replies.")
    ] = 512,
    limit: LimitFlag = None,
    tokens: TokensFlag = None,
    seconds: SecondsFlag = None,
    temperature: TemperatureFlag = None,
    max_answer_tokens: MaxAnswerTokensFlag = None,
    concurrency: ConcurrencyFlag = 4,
    seed: Annotated[
        int, typer.Option("--seed", help="Draws the questions for the intervals, and samples.")
    ] = 0,
    out: Annotated[
        Path | None, typer.Option("--out", dir_okay=False, help="Where records go.")
    ] = None,
    as_json: JsonFlag = False,
    engine_url: EngineFlag = None,
    config: ConfigFlag = None,
) -> None:
    """Say which of two is better on the same questions, and how sure that is."""
    if prompts is None:
        _refuse_others(context)
        _compare_runs(Path(first), Path(second), seed, as_json=as_json)
        return
    budget = search_options(tokens=tokens, seconds=seconds).budget
    way = Way(budget, temperature, max_answer_tokens)
    asked = Asked(first, second, prompts, judge, judge_tokens, way, limit, seed, concurrency, out)
    settings = read_settings(config, engine_url)
    kept = "interrupted; what was judged is kept, and the same command goes on from there"
    done = run(compared(opener(context), settings, asked), interrupted=kept)
    typer.echo(json.dumps(done.plain()) if as_json else "\n".join(done.lines()))


def _refuse_others(context: typer.Context) -> None:
    """Refuse flags that say how two models are asked, where none is."""
    for name in context.params.keys() - _OF_RUNS:
        source = context.get_parameter_source(name)
        if source is not None and source.name != "DEFAULT":
            flag = f"--{name.replace('_', '-')}"
            raise typer.BadParameter("it goes with --prompts", param_hint=flag)


def _compare_runs(first: Path, second: Path, seed: int, *, as_json: bool) -> None:
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
