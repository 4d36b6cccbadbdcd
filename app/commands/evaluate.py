"""`fathom eval`: accuracy on a file of questions, and what it costs."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue, TypeAdapter

from app.commands.bar import bar
from app.commands.evaluated import lines_of
from app.commands.options import (
    AnswerFieldFlag,
    ConcurrencyFlag,
    ConfigFlag,
    EngineFlag,
    JsonFlag,
    KeyEnvFlag,
    LimitFlag,
    MaxAnswerTokensFlag,
    ModelFlag,
    NFlag,
    PauseTokensFlag,
    PromptFlag,
    QuestionFieldFlag,
    ScorerFlag,
    SecondsFlag,
    SeedFlag,
    TemperatureFlag,
    TokensFlag,
    UrlFlag,
    endpoint,
    read_settings,
    search_options,
)
from app.commands.pausing import paused
from app.commands.running import Opener, opener, run
from app.presets import BudgetOptions
from app.service import Service
from app.settings import Settings
from engines.base import Sampling
from evaluation.datasets import Question, load, sample
from evaluation.fingerprint import PLACE, Setup
from evaluation.programs.published import named
from evaluation.records import Answered, Record
from evaluation.report import Report
from evaluation.run import Listener, evaluate
from evaluation.shapes import Fields
from scorers.programs.tests import AnyTest
from search import Models
from search.strategies import Strategy

FOLDER = Path(".cache") / "fathom" / "eval"
"""Where runs are kept that name no file."""

_REPORT = TypeAdapter(Report)


def evaluate_dataset(
    context: typer.Context,
    dataset: Annotated[
        Path,
        typer.Argument(
            help="Questions and answers, as JSON; their shape is found out. Or `humaneval`."
        ),
    ],
    *,
    strategy: Annotated[
        str,
        typer.Option(
            "--strategy", metavar="KIND|JSON", help="How to search; `fathom strategies` lists them."
        ),
    ],
    n: NFlag = None,
    limit: LimitFlag = None,
    seed: SeedFlag = 0,
    tokens: TokensFlag = None,
    seconds: SecondsFlag = None,
    scorer: ScorerFlag = None,
    temperature: TemperatureFlag = None,
    max_answer_tokens: MaxAnswerTokensFlag = None,
    pause_tokens: PauseTokensFlag = None,
    prompt: PromptFlag = PLACE,
    question_field: QuestionFieldFlag = None,
    answer_field: AnswerFieldFlag = None,
    id_field: Annotated[str | None, typer.Option("--id-field", help="What holds its name.")] = None,
    concurrency: ConcurrencyFlag = 4,
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
    """Ask the questions of a file, grade the answers, and say what they cost."""
    options = search_options(strategy=strategy, n=n, tokens=tokens, seconds=seconds, scorer=scorer)
    settings = read_settings(config, engine_url, endpoint(url, model, key_env))
    assert options.strategy
    asked = _Asked(
        dataset=dataset,
        fields=Fields(question_field, answer_field, id_field),
        strategy=options.strategy,
        limit=limit,
        seed=seed,
        limits=options.budget,
        scorer=options.scorer,
        temperature=settings.temperature if temperature is None else temperature,
        max_answer_tokens=max_answer_tokens or settings.max_answer_tokens,
        pause_tokens=pause_tokens,
        prompt=prompt,
        concurrency=concurrency,
        out=out,
        endpoint={"--url": url, "--model": model, "--key-env": key_env},
        engine_url=engine_url,
        config=config,
    )
    kept = "interrupted; what was answered is kept, and the same command goes on from there"
    done = run(_evaluate(opener(context), settings, asked), interrupted=kept)
    told = json.dumps(_plain(done)) if as_json else lines_of(done.report, done.file, done.command)
    typer.echo(told)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The command's arguments, checked, with what was left to the settings filled in."""

    dataset: Path
    fields: Fields
    strategy: Strategy
    limit: int | None
    seed: int
    limits: BudgetOptions
    scorer: tuple[str, ...] | None
    temperature: float
    max_answer_tokens: int
    pause_tokens: int | None
    prompt: str
    concurrency: int
    out: Path | None
    endpoint: Mapping[str, str | None]
    engine_url: str | None
    config: Path | None

    @property
    def command(self) -> str:
        """The command that asks the same again, whatever the settings are by then."""
        flags = {
            "--strategy": self.strategy.model_dump_json(),
            "--limit": self.limit,
            "--seed": self.seed,
            "--tokens": self.limits.tokens,
            "--seconds": self.limits.seconds,
            "--temperature": self.temperature,
            "--max-answer-tokens": self.max_answer_tokens,
            "--pause-tokens": self.pause_tokens,
            "--prompt": None if self.prompt == PLACE else self.prompt,
            "--question-field": self.fields.question,
            "--answer-field": self.fields.answer,
            "--id-field": self.fields.id,
            "--concurrency": self.concurrency,
            "--out": self.out,
            **self.endpoint,
            "--engine-url": self.engine_url,
            "--config": self.config,
        }
        words = [
            w for flag, value in flags.items() if value is not None for w in (flag, str(value))
        ]
        words += [word for name in self.scorer or () for word in ("--scorer", name)]
        return shlex.join(["fathom", "eval", str(self.dataset), *words])

    def sampling(self, service: Service) -> Sampling:
        """Return how samples are drawn."""
        pauses = paused(self.pause_tokens, service)
        return Sampling(self.max_answer_tokens, self.temperature, pauses=pauses)

    def file(self, models: Models, sampling: Sampling) -> Path:
        """Return where records go: a file only runs of the same setup share, if none is named."""
        if self.out is not None:
            return self.out
        setup = Setup.of(
            self.strategy,
            models,
            self.limits.budget(),
            sampling,
            seed=self.seed,
            prompt=self.prompt,
        )
        return FOLDER / f"{self.dataset.stem}-{self.strategy.kind}-{setup.fingerprint}.jsonl"


@dataclass(frozen=True, slots=True)
class _Done:
    """What came of it, how it was asked for in full, and where each record is."""

    asked: _Asked
    report: Report
    file: Path

    @property
    def command(self) -> str:
        """The command that asks the same again."""
        return self.asked.command


async def _evaluate(open_service: Opener, settings: Settings, asked: _Asked) -> _Done:
    questions = sample(load(named(asked.dataset), asked.fields), asked.limit, asked.seed)
    async with open_service(settings) as service:
        models_for = partial(_models, service, asked.scorer)
        # Those of a question with tests, if there is one: then who runs them judges.
        tested = max(questions, key=lambda question: len(_tests(question)))
        models = models_for(tested)
        sampling = asked.sampling(service)
        asked = replace(
            asked,
            scorer=tuple(service.named_by(asked.scorer, _tests(tested))),
            pause_tokens=len(sampling.pauses) if sampling.pauses else asked.pause_tokens,
        )
        out = asked.file(models, sampling)
        typer.echo(f"asking {len(questions)} questions; records go to {out}", err=True)
        with _watched(len(questions)) as progress:
            report = await evaluate(
                questions,
                asked.strategy,
                models,
                asked.limits.budget(),
                sampling=sampling,
                seed=asked.seed,
                concurrency=asked.concurrency,
                prompt=asked.prompt,
                models_for=models_for,
                sandbox=service.sandbox,
                out=out,
                progress=progress,
            )
    return _Done(asked, report, out)


def _models(service: Service, scorer: Sequence[str] | None, question: Question) -> Models:
    """Return the models of a question's search, the scorers told its public tests."""
    return service.models(scorer, None, _tests(question), question.text)


def _tests(question: Question) -> Sequence[AnyTest]:
    return question.program.public if question.program else ()


@contextmanager
def _watched(n: int) -> Iterator[Listener]:
    """Show how far a run is."""
    right, failed = 0, 0
    with bar(n, "asking") as advance:

        def hear(record: Record) -> None:
            nonlocal right, failed
            right += isinstance(record, Answered) and record.right
            failed += not isinstance(record, Answered)
            advance(f"{right} right, {failed} failed")

        yield hear


def _plain(done: _Done) -> dict[str, JsonValue]:
    report: dict[str, JsonValue] = _REPORT.dump_python(done.report, mode="json")
    return {"command": done.command, "file": str(done.file), **report}
