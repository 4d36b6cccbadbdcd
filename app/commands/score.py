"""`fathom score`: solutions in a file, judged by the configured scorers in this process."""

import json
from collections.abc import Sequence
from typing import Annotated

import typer
from pydantic import ValidationError

from app.commands.options import ConfigFlag, EngineFlag, ScorerFlag, read_settings, sentence
from app.commands.running import Opener, opener, run
from app.score import score as judged
from app.score_request import ScoreRequest
from app.settings import Settings


def score(
    context: typer.Context,
    file: Annotated[
        typer.FileText,
        typer.Argument(
            encoding="utf-8",
            help="Lines of JSON, each the body of a POST /v1/score; - reads standard input.",
        ),
    ],
    *,
    scorer: ScorerFlag = None,
    engine_url: EngineFlag = None,
    config: ConfigFlag = None,
) -> None:
    """Judge solutions: lines of JSON in, a line of JSON out for each, in the same order."""
    lines = [(place, line) for place, line in enumerate(file, 1) if line.strip()]
    requests = [_request(place, line, scorer) for place, line in lines]
    run(_score(opener(context), read_settings(config, engine_url), requests))


def _request(place: int, line: str, scorer: Sequence[str] | None) -> ScoreRequest:
    try:
        request = ScoreRequest.model_validate_json(line)
    except ValidationError as error:
        raise typer.BadParameter(f"line {place}: {sentence(error)}") from error
    return request.model_copy(update={"scorer": tuple(scorer)}) if scorer else request


async def _score(open_service: Opener, settings: Settings, requests: list[ScoreRequest]) -> None:
    async with open_service(settings) as service:
        for request in requests:
            typer.echo(json.dumps(await judged(request, service)))
