"""`fathom diversity`: how many ideas there are among the programs of a run."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue

from app.commands.bar import bar
from app.commands.options import (
    ConfigFlag,
    EngineFlag,
    JsonFlag,
    KeyEnvFlag,
    ModelFlag,
    UrlFlag,
    endpoint,
    read_settings,
)
from app.commands.running import Opener, foreseen, opener, run
from app.settings import Settings
from evaluation.diversity import Diversity, Listener, Measured, diversities
from evaluation.runfile import RunFile, read
from scorers.diversity import Comparing

_HOW = Comparing()


def diversity_of(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The records of a `fathom eval` of programs.")],
    *,
    most: Annotated[
        int, typer.Option("--most", min=2, help="Programs of each question that are compared.")
    ] = _HOW.most,
    seed: Annotated[int, typer.Option(help="Of the order they are taken in.")] = _HOW.seed,
    concurrency: Annotated[int, typer.Option(min=1, help="Questions to the judge at once.")] = (
        _HOW.together
    ),
    out: Annotated[
        Path | None,
        typer.Option("--out", dir_okay=False, help="Where it is kept; beside the run if not said."),
    ] = None,
    as_json: JsonFlag = False,
    url: UrlFlag = None,
    model: ModelFlag = None,
    key_env: KeyEnvFlag = None,
    engine_url: EngineFlag = None,
    config: ConfigFlag = None,
) -> None:
    """Have a model sum up each program's idea and compare all, two by two: D = 1 - share alike."""
    settings = read_settings(config, engine_url, endpoint(url, model, key_env))
    with foreseen():
        recorded = read(file)
    kept = out or file.with_suffix(".diversity.jsonl")
    how = Comparing(most=most, seed=seed, together=concurrency)
    done = run(
        _measured(opener(context), settings, recorded, how, kept),
        interrupted="interrupted; what was asked is kept, and the same command goes on from there",
    )
    typer.echo(json.dumps(_plain(done, kept)) if as_json else "\n".join(_lines(done, kept)))


async def _measured(
    open_service: Opener, settings: Settings, recorded: RunFile, how: Comparing, out: Path
) -> Diversity:
    async with open_service(settings) as service:
        with _watched(len(recorded.answered)) as progress:
            return await diversities(recorded, service.engine, how, out, progress=progress)


@contextmanager
def _watched(n: int) -> Iterator[Listener]:
    with bar(n, "comparing") as advance:

        def hear(measured: Measured) -> None:
            advance(f"{len(measured.found.programs)} programs")

        yield hear


def _plain(done: Diversity, kept: Path) -> dict[str, JsonValue]:
    questions: list[JsonValue] = [
        {
            "id": one.id,
            "programs": len(one.found.programs),
            "diversity": one.found.diversity,
            "ideas": list(one.found.ideas),
        }
        for one in done.questions
    ]
    return {
        "file": str(kept),
        "diversity": asdict(done.mean) if done.mean else None,
        "questions": questions,
        "tokens": done.usage.completion_tokens,
        "calls": done.usage.calls,
    }


def _lines(done: Diversity, kept: Path) -> Iterator[str]:
    known = [one for one in done.questions if one.found.diversity is not None]
    if done.mean is None:
        yield "no question has two programs to compare"
    else:
        d = done.mean
        yield f"diversity {d.value:.3f} [{d.low:.3f}, {d.high:.3f}] over {len(known)} questions"
    yield f"left out  {len(done.questions) - len(known)} questions of fewer than two programs"
    yield f"tokens    {done.usage.completion_tokens} of the judge, {done.usage.calls} calls"
    yield f"records   {kept}"
    for one in known:
        yield f"{one.id}  {one.found.diversity:.3f} of {len(one.found.programs)} programs"
