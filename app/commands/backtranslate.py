"""`fathom backtranslate`: what a right plan is worth, by its length."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue

from app.commands.bar import bar
from app.commands.evaluate import FOLDER
from app.commands.options import (
    ConfigFlag,
    EngineFlag,
    JsonFlag,
    KeyEnvFlag,
    LimitFlag,
    MaxAnswerTokensFlag,
    ModelFlag,
    SeedFlag,
    TemperatureFlag,
    UrlFlag,
    endpoint,
    read_settings,
)
from app.commands.pausing import paused
from app.commands.running import Opener, opener, run
from app.settings import Settings
from engines.base import Sampling
from evaluation.datasets import DatasetError, load, sample
from evaluation.programs.backtranslated import (
    Backtranslator,
    Length,
    Line,
    Listener,
    Worth,
    described,
)
from evaluation.programs.published import named
from training.journal import fingerprint

_WORDS = (10, 30)


def backtranslate(
    context: typer.Context,
    dataset: Annotated[
        Path, typer.Argument(help="Tasks with right programs, such as `humaneval`.")
    ],
    *,
    words: Annotated[
        list[int] | None,
        typer.Option(
            "--words", min=1, help="The most of a description; else 10, and 30. Can be repeated."
        ),
    ] = None,
    n: Annotated[int, typer.Option("--n", min=1, max=256, help="Programs of each.")] = 8,
    limit: LimitFlag = None,
    seed: SeedFlag = 0,
    temperature: TemperatureFlag = None,
    max_answer_tokens: MaxAnswerTokensFlag = None,
    out: Annotated[
        Path | None, typer.Option("--out", dir_okay=False, help="Where records go.")
    ] = None,
    as_json: JsonFlag = False,
    url: UrlFlag = None,
    model: ModelFlag = None,
    key_env: KeyEnvFlag = None,
    engine_url: EngineFlag = None,
    config: ConfigFlag = None,
) -> None:
    """Put right programs into words, make programs of the words, and say how many are right."""
    settings = read_settings(config, engine_url, endpoint(url, model, key_env))
    asked = _Asked(
        dataset,
        (Length(0), *map(Length, words or _WORDS), Length(None)),
        n,
        limit,
        seed,
        Sampling(
            max_answer_tokens or settings.max_answer_tokens,
            settings.temperature if temperature is None else temperature,
        ),
        out,
    )
    kept = "interrupted; what was drawn is kept, and the same command goes on from there"
    done = run(_measured(opener(context), settings, asked), interrupted=kept)
    typer.echo(json.dumps(_plain(done)) if as_json else "\n".join(_lines(done)))


@dataclass(frozen=True, slots=True)
class _Asked:
    """The command's arguments, checked, with what was left to the settings filled in."""

    dataset: Path
    lengths: tuple[Length, ...]
    n: int
    limit: int | None
    seed: int
    sampling: Sampling
    out: Path | None


@dataclass(frozen=True, slots=True)
class _Done:
    """What came of it, and where each record is."""

    worth: tuple[Worth, ...]
    file: Path
    left_out: int


async def _measured(open_service: Opener, settings: Settings, asked: _Asked) -> _Done:
    path = named(asked.dataset)
    questions = sample(load(path), asked.limit, asked.seed)
    able = described(questions)
    if not able:
        raise DatasetError(path, None, "has no question whose right program is known")
    async with open_service(settings) as service:
        of = Backtranslator(
            service.models(),
            service.sandbox,
            replace(asked.sampling, pauses=paused(None, service)),
            asked.n,
            asked.seed,
            asked.lengths,
        )
        name = f"{asked.dataset.stem}-backtranslation-{fingerprint(of.setup)}.jsonl"
        out = asked.out or FOLDER / name
        typer.echo(f"describing {len(able)} programs; records go to {out}", err=True)
        with _watched(len(able) * len(asked.lengths)) as progress:
            worth = await of.measure(able, out, progress=progress)
    return _Done(worth, out, len(questions) - len(able))


@contextmanager
def _watched(n: int) -> Iterator[Listener]:
    with bar(n, "drawing") as advance:

        def hear(line: Line) -> None:
            advance(f"{line.right} of {line.n} right")

        yield hear


def _plain(done: _Done) -> dict[str, JsonValue]:
    worth: list[JsonValue] = [
        {"words": one.length.words, "n": one.questions, "accuracy": asdict(one.accuracy)}
        for one in done.worth
    ]
    return {"file": str(done.file), "left_out": done.left_out, "worth": worth}


def _lines(done: _Done) -> Sequence[str]:
    rows = [f"{done.worth[0].questions} questions; programs that are right, in %"]
    for one in done.worth:
        a = one.accuracy
        rows.append(
            f"{one.length.name:<12}  {100 * a.value:5.1f} [{100 * a.low:.1f}, {100 * a.high:.1f}]"
        )
    rows.append(f"left out  {done.left_out} questions without a right program")
    rows.append(f"records   {done.file}")
    return rows
