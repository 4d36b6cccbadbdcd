"""Flags that several commands share, and what they stand for.

A flag that makes no sense ends the process with code 2 and one sentence that names it.
"""

import json
import os
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer
from pydantic import JsonValue, ValidationError

from app.commands.address import http_url
from app.errors import describe
from app.misspelt import settings_sentence
from app.settings import Settings
from app.wire import SearchOptions
from engines.pauses import MOST
from search.registry import KINDS
from training.rollouts.plan import PLACE

StrategyFlag: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--strategy", metavar="KIND|JSON", help="How to search; `fathom strategies` lists them."
    ),
]
NFlag: TypeAlias = Annotated[
    int | None, typer.Option("--n", help="The strategy's n, if it is given by its kind alone.")
]
TokensFlag: TypeAlias = Annotated[
    int | None, typer.Option("--tokens", min=1, help="The most tokens a search may draw.")
]
SecondsFlag: TypeAlias = Annotated[
    float | None, typer.Option("--seconds", help="The longest a search may take.")
]
ScorerFlag: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--scorer", metavar="NAME", help="What judges; given again, a fallback."),
]
TemperatureFlag: TypeAlias = Annotated[
    float | None, typer.Option("--temperature", min=0, max=2, help="Of the samples.")
]
SeedFlag: TypeAlias = Annotated[int, typer.Option("--seed", help="Varies the samples.")]
LimitFlag: TypeAlias = Annotated[
    int | None, typer.Option("--limit", min=1, help="Only so many questions, chosen by the seed.")
]
QuestionFieldFlag: TypeAlias = Annotated[
    str | None, typer.Option("--question-field", help="What holds a question.")
]
AnswerFieldFlag: TypeAlias = Annotated[
    str | None, typer.Option("--answer-field", help="What holds its true answer.")
]
ConcurrencyFlag: TypeAlias = Annotated[
    int, typer.Option("--concurrency", min=1, help="Searches at once.")
]
MaxAnswerTokensFlag: TypeAlias = Annotated[
    int | None, typer.Option("--max-answer-tokens", min=1, help="The cap on each answer.")
]
PauseTokensFlag: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--pause-tokens", min=0, max=MOST, help="Pauses behind the prompt, of a model with any."
    ),
]
JsonFlag: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Print one JSON object and nothing else.")
]
EngineFlag: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--engine-url", metavar="URL", callback=http_url, help="A vLLM server to draw from."
    ),
]
UrlFlag: TypeAlias = Annotated[
    str | None,
    typer.Option("--url", metavar="URL", callback=http_url, help="An OpenAI chat endpoint to ask."),
]
ModelFlag: TypeAlias = Annotated[
    str | None, typer.Option("--model", metavar="NAME", help="The endpoint's, its first if absent.")
]
KeyEnvFlag: TypeAlias = Annotated[
    str | None,
    typer.Option("--key-env", metavar="VAR", help="The environment's variable with its key."),
]
ConfigFlag: TypeAlias = Annotated[
    Path | None,
    typer.Option("--config", exists=True, dir_okay=False, help="A YAML file of settings."),
]

STEP_END = r"\n\n"
"""What ends a step unless a flag says otherwise, as it is typed."""


def _template(prompt: str) -> str:
    if PLACE not in prompt:
        raise typer.BadParameter(f"it has no {PLACE}")
    return prompt


def _typed(step_end: str) -> str:
    """Return what is meant by a text in which a line's end and a tab are written out."""
    if not step_end:
        raise typer.BadParameter("it is empty")
    return step_end.replace(r"\n", "\n").replace(r"\t", "\t")


PromptFlag: TypeAlias = Annotated[
    str,
    typer.Option(
        "--prompt", metavar="TEMPLATE", callback=_template, help=f"The message, around {PLACE}."
    ),
]
StepEndFlag: TypeAlias = Annotated[
    str,
    typer.Option(
        "--step-end", callback=_typed, help=r"Ends each step but the last; \n is a line's end."
    ),
]
PatternFlag: TypeAlias = Annotated[
    str | None, typer.Option("--pattern", help="A regular expression that finds the final answer.")
]


def endpoint(url: str | None, model: str | None, key_env: str | None) -> dict[str, Any] | None:
    """Return the engine that asks an OpenAI endpoint by text; `None` if none is given."""
    if url is None:
        if model or key_env:
            raise typer.BadParameter("--model and --key-env are of an endpoint: give --url too")
        return None
    key = None if key_env is None else os.environ.get(key_env)
    if key_env is not None and not key:
        raise typer.BadParameter(f"{key_env} is not set in the environment")
    return {"kind": "vllm", "url": url, "route": "text", "model": model, "api_key": key}


def read_settings(
    config: Path | None, engine_url: str | None, engine: dict[str, Any] | None = None
) -> Settings:
    """Read the settings, with what the flags say in place of what the file says."""
    if engine_url is not None and engine is not None:
        raise typer.BadParameter("--url and --engine-url both say what draws")
    given: dict[str, Any] = {}
    if config is not None:
        given["config"] = config
    if engine_url is not None:
        given["engine"] = {"kind": "vllm", "url": engine_url}
    if engine is not None:
        given["engine"] = engine
    try:
        return Settings(**given)
    except ValidationError as error:
        raise typer.BadParameter(f"the settings are wrong: {settings_sentence(error)}") from error


def search_options(
    search: str | None = None,
    *,
    strategy: str | None = None,
    n: int | None = None,
    tokens: int | None = None,
    seconds: float | None = None,
    scorer: list[str] | None = None,
    pause_tokens: int | None = None,
) -> SearchOptions:
    """Put flags together with the JSON of a request's `search`, over which they take precedence."""
    options = {} if search is None else _object(search, "--search")
    if strategy is not None:
        options["strategy"] = _strategy(strategy)
    if n is not None:
        options["strategy"] = _with_n(options.get("strategy"), n)
    given: dict[str, JsonValue] = {"tokens": tokens, "seconds": seconds}
    limits: dict[str, JsonValue] = {k: v for k, v in given.items() if v is not None}
    budget = options.get("budget") or {}
    if limits and isinstance(budget, dict):
        options["budget"] = budget | limits
    said: dict[str, JsonValue] = {"scorer": [*scorer] if scorer else None}
    said["pause_tokens"] = pause_tokens
    options |= {k: v for k, v in said.items() if v is not None}
    try:
        return SearchOptions.model_validate(options)
    except ValidationError as error:
        raise typer.BadParameter(sentence(error)) from error


def sentence(error: ValidationError) -> str:
    """Say what is wrong with the first field at fault."""
    _, message = describe(error.errors()[0])
    return message.removeprefix("Value error, ")


def _strategy(text: str) -> JsonValue:
    return _object(text, "--strategy") if text.lstrip().startswith("{") else text


def _with_n(strategy: JsonValue, n: int) -> JsonValue:
    if strategy is None:
        raise typer.BadParameter("--n is a strategy's: give --strategy too")
    parameters = strategy if isinstance(strategy, dict) else {"kind": strategy}
    cls = KINDS.get(str(parameters.get("kind")))
    if cls and "n" not in cls.model_fields:
        others = ", ".join(name for name in cls.model_fields if name != "kind") or "nothing"
        raise typer.BadParameter(f"{parameters['kind']} has no n; it has {others}")
    return {**parameters, "n": n}


def _object(text: str, flag: str) -> dict[str, JsonValue]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise typer.BadParameter(f"{flag} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise typer.BadParameter(f"{flag} is not a JSON object")
    return value
