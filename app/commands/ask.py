"""`fathom ask`: one question, answered by a search in this process."""

import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.live import Live
from rich.text import Text

from app.answers import Answered
from app.commands.options import (
    ConfigFlag,
    EngineFlag,
    JsonFlag,
    NFlag,
    PauseTokensFlag,
    ScorerFlag,
    SecondsFlag,
    SeedFlag,
    StrategyFlag,
    TemperatureFlag,
    TokensFlag,
    read_settings,
    search_options,
    sentence,
)
from app.commands.running import Opener, opener, run
from app.messages import ChatMessage
from app.plan import plan
from app.progress import Progress
from app.settings import SERVICE_NAME, Settings
from app.wire import ChatRequest, SearchOptions
from search import run_search
from search.events import Event, Sink, Trace
from search.trace import RecordedSearch, limits_of


def ask(
    context: typer.Context,
    question: Annotated[str, typer.Argument(help="What to ask; - reads it from standard input.")],
    *,
    strategy: StrategyFlag = None,
    search: Annotated[
        str | None,
        typer.Option("--search", metavar="JSON", help="A request's `search` object, as a whole."),
    ] = None,
    tokens: TokensFlag = None,
    seconds: SecondsFlag = None,
    scorer: ScorerFlag = None,
    n: NFlag = None,
    temperature: TemperatureFlag = None,
    pause_tokens: PauseTokensFlag = None,
    seed: SeedFlag = 0,
    trace: Annotated[
        Path | None,
        typer.Option("--trace", metavar="FILE", help="Where to save the search, to replay it."),
    ] = None,
    as_json: JsonFlag = False,
    model: Annotated[
        str, typer.Option("--model", help="Which of the models served, or an alias of one.")
    ] = SERVICE_NAME,
    engine_url: EngineFlag = None,
    config: ConfigFlag = None,
) -> None:
    """Answer one question, and say what it cost."""
    text = sys.stdin.read() if question == "-" else question
    options = search_options(
        search,
        strategy=strategy,
        n=n,
        tokens=tokens,
        seconds=seconds,
        scorer=scorer,
        pause_tokens=pause_tokens,
    )
    request = _request(text, model, options, temperature, seed)
    settings = read_settings(config, engine_url)
    answered = run(_ask(opener(context), settings, request, trace))
    typer.echo(json.dumps(answered.plain()) if as_json else answered.lines())


def _request(
    question: str, model: str, options: SearchOptions, temperature: float | None, seed: int
) -> ChatRequest:
    if not question.strip():
        raise typer.BadParameter("the question is empty")
    message = ChatMessage(role="user", content=question)
    try:
        return ChatRequest(
            model=model,
            messages=[message],
            search=options,
            temperature=temperature,
            seed=seed,
        )
    except ValidationError as error:
        raise typer.BadParameter(sentence(error)) from error


async def _ask(
    open_service: Opener, settings: Settings, request: ChatRequest, trace: Path | None
) -> Answered:
    clock, events = asyncio.get_running_loop().time, list[Event]()
    async with open_service(settings) as service:
        planned = plan(request, service)
        strategy, task, models = planned.strategy, planned.task, planned.models
        able = models.engine.capabilities
        others = {name: engine.capabilities for name, engine in models.others.items()}
        start = clock()
        with _watched(events) as sink:
            outcome = await run_search(strategy, task, planned.models, planned.budget, sink=sink)
        seconds = clock() - start
    limits = limits_of(planned.budget)
    answered = Answered(task, strategy, limits, able.model, outcome, seconds)
    if trace is not None:
        said, truth = answered.plain(), request.search.reference
        RecordedSearch(strategy, task, limits, able, events, said, others, truth).write(trace)
    return answered


@contextmanager
def _watched(events: Trace) -> Iterator[Sink]:
    """Keep a search's events, and show on standard error how far it is, if that is a terminal."""
    console, progress = Console(stderr=True), Progress()

    def hear(event: Event) -> None:
        events.append(event)
        progress.hear(event)

    if not console.is_terminal:
        yield hear
        return
    with Live(get_renderable=lambda: Text(progress.line), console=console, transient=True):
        yield hear
