"""`fathom ask`: one question, answered by a search in this process."""

import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Annotated

import typer
from pydantic import JsonValue, ValidationError
from rich.console import Console
from rich.live import Live
from rich.text import Text

from app.commands.options import (
    ConfigFlag,
    EngineFlag,
    JsonFlag,
    NFlag,
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
from app.plan import SERVICE_NAME, Plan, plan
from app.progress import Progress
from app.settings import Settings
from app.wire import ChatMessage, ChatRequest, SearchOptions
from scorers.base import Scored
from search import Outcome, run_search
from search.events import Sink


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
    seed: SeedFlag = 0,
    as_json: JsonFlag = False,
    engine_url: EngineFlag = None,
    config: ConfigFlag = None,
) -> None:
    """Answer one question, and say what it cost."""
    text = sys.stdin.read() if question == "-" else question
    options = search_options(
        search, strategy=strategy, n=n, tokens=tokens, seconds=seconds, scorer=scorer
    )
    request = _request(text, options, temperature, seed)
    settings = read_settings(config, engine_url)
    answer = run(_ask(opener(context), settings, request))
    typer.echo(json.dumps(_plain(answer)) if as_json else _report(answer))


@dataclass(frozen=True, slots=True)
class _Answer:
    """What was asked and what came of it; `final` is the answer proper, `seconds` of searching."""

    question: str
    model: str
    plan: Plan
    outcome: Outcome
    final: str | None
    seconds: float


def _request(
    question: str, options: SearchOptions, temperature: float | None, seed: int
) -> ChatRequest:
    if not question.strip():
        raise typer.BadParameter("the question is empty")
    message = ChatMessage(role="user", content=question)
    try:
        return ChatRequest(
            model=SERVICE_NAME,
            messages=[message],
            search=options,
            temperature=temperature,
            seed=seed,
        )
    except ValidationError as error:
        raise typer.BadParameter(sentence(error)) from error


async def _ask(open_service: Opener, settings: Settings, request: ChatRequest) -> _Answer:
    clock = asyncio.get_running_loop().time
    async with open_service(settings) as service:
        planned = plan(request, service)
        start = clock()
        with _watched() as sink:
            outcome = await run_search(
                planned.strategy, planned.task, planned.models, planned.budget, sink=sink
            )
        seconds = clock() - start
        answers = await service.grader.group([outcome.answer.text], planned.task.pattern)
    question = planned.task.conversation.messages[-1].content
    model = planned.models.engine.capabilities.model
    return _Answer(question, model, planned, outcome, answers.texts[0], seconds)


@contextmanager
def _watched() -> Iterator[Sink]:
    """Show on standard error how far a search is, if that is a terminal."""
    console, progress = Console(stderr=True), Progress()
    if not console.is_terminal:
        yield progress.hear
        return
    with Live(get_renderable=lambda: Text(progress.line), console=console, transient=True):
        yield progress.hear


def _plain(answer: _Answer) -> dict[str, JsonValue]:
    outcome, chosen = answer.outcome, answer.outcome.answer
    scored = chosen if isinstance(chosen, Scored) else None
    return {
        "question": answer.question,
        "text": chosen.text,
        "answer": answer.final,
        "finish": chosen.finish,
        "score": scored.score if scored else None,
        "scorer": scored.scorer if scored else None,
        "stop": outcome.stop,
        "exhausted": outcome.exhausted,
        "usage": {
            "generator": asdict(outcome.generator),
            "verifier": asdict(outcome.verifier),
            "total": asdict(outcome.usage),
        },
        "seconds": round(answer.seconds, 3),
        "degradations": list(outcome.degradations),
        "strategy": answer.plan.strategy.model_dump(mode="json"),
        "budget": answer.plan.limits.model_dump(mode="json", exclude_none=True),
        "model": answer.model,
        "seed": answer.plan.task.seed,
    }


def _report(answer: _Answer) -> str:
    outcome, chosen = answer.outcome, answer.outcome.answer
    drawn, judged = outcome.generator.completion_tokens, outcome.verifier.completion_tokens
    short = f" of {outcome.exhausted}" if outcome.exhausted else ""
    lines = [
        chosen.text.strip() or "(no answer: the budget allowed none)",
        "",
        f"model     {answer.model}",
        f"strategy  {answer.plan.strategy.kind}, {len(outcome.ranked)} solutions{_score(chosen)}",
        f"tokens    {drawn + judged} ({drawn} drawn, {judged} by verifiers), "
        f"{outcome.usage.calls} calls",
        f"seconds   {answer.seconds:.1f}",
        f"stop      {outcome.stop}{short}",
        *(f"degraded  {why}" for why in outcome.degradations),
    ]
    return "\n".join(lines)


def _score(chosen: object) -> str:
    if not isinstance(chosen, Scored) or chosen.score is None:
        return ""
    return f", the answer scored {chosen.score:.3f} by {chosen.scorer}"
