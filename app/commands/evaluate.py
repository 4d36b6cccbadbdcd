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

_REASONS_SHOWN = 5
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
        prompt=prompt,
        concurrency=concurrency,
        out=out,
        endpoint={"--url": url, "--model": model, "--key-env": key_env},
        engine_url=engine_url,
        config=config,
    )
    kept = "interrupted; what was answered is kept, and the same command goes on from there"
    done = run(_evaluate(opener(context), settings, asked), interrupted=kept)
    typer.echo(json.dumps(_plain(done)) if as_json else _lines(done))


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

    @property
    def sampling(self) -> Sampling:
        """How samples are drawn."""
        return Sampling(self.max_answer_tokens, self.temperature)

    def file(self, models: Models) -> Path:
        """Return where records go: a file only runs of the same setup share, if none is named."""
        if self.out is not None:
            return self.out
        setup = Setup.of(
            self.strategy,
            models,
            self.limits.budget(),
            self.sampling,
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


async def _evaluate(open_service: Opener, settings: Settings, asked: _Asked) -> _Done:
    questions = sample(load(named(asked.dataset), asked.fields), asked.limit, asked.seed)
    async with open_service(settings) as service:
        models_for = partial(_models, service, asked.scorer)
        # Those of a question with tests, if there is one: then who runs them judges.
        tested = max(questions, key=lambda question: len(_tests(question)))
        models = models_for(tested)
        asked = replace(asked, scorer=tuple(service.named_by(asked.scorer, _tests(tested))))
        out = asked.file(models)
        typer.echo(f"asking {len(questions)} questions; records go to {out}", err=True)
        with _watched(len(questions)) as progress:
            report = await evaluate(
                questions,
                asked.strategy,
                models,
                asked.limits.budget(),
                sampling=asked.sampling,
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
    return {"command": done.asked.command, "file": str(done.file), **report}


def _lines(done: _Done) -> str:
    r = done.report
    low, high = (f"{100 * end:.1f}" for end in r.interval)
    flops = "unknown: the size of the model is not known" if r.flops is None else f"{r.flops:.3g}"
    lines = [
        f"{r.right} of {r.n} right, {100 * r.accuracy:.1f} % [{low}, {high}]",
        f"errors    {r.errors}, counted as not right{'; run again to retry' if r.errors else ''}",
        f"no answer {r.no_answer}",
        f"pass@k    {_shares(r.pass_at)}",
        *(
            [f"filtered  {_shares(r.filtered_pass_at)}, of those that pass public tests"]
            if r.filtered_pass_at
            else []
        ),
        f"tokens    {r.tokens} drawn, {r.tokens_per_question:.1f} a question; "
        f"{r.verifier_tokens} by verifiers; {r.calls} calls",
        f"FLOPs     {flops}",
        *([f"cost      {r.cost:.4g}, by the prices in the configuration"] if r.cost else []),
        f"right per {_right_per(r.right_per)}",
        f"seconds   {r.seconds:.1f}; a search takes {r.search_seconds:.2f} (median)",
        f"stops     {_counts(r.stops)}",
        *_degradations(r.degradations),
        f"model     {r.setup.model}, seed {r.setup.seed}, {r.resumed} of {r.n} recorded before",
        f"strategy  {json.dumps(r.setup.strategy)}",
        f"records   {done.file}",
        f"command   {done.asked.command}",
    ]
    return "\n".join(lines)


def _shares(shares: Mapping[int, float]) -> str:
    return ", ".join(f"{k}: {100 * share:.1f} %" for k, share in shares.items())


def _right_per(rates: Mapping[str, float | None]) -> str:
    """Give the right answers for what people count in: thousands of tokens, 10^15 FLOPs."""
    units = {"token": ("1000 tokens", 1e3), "second": ("second of search", 1.0),
             "flop": ("PFLOP", 1e15), "cost": ("unit of money", 1.0)}  # fmt: skip
    known = ((name, rate * size) for unit, (name, size) in units.items()
             if (rate := rates[unit]) is not None)  # fmt: skip
    return ", ".join(f"{name}: {rate:.3g}" for name, rate in known) or "nothing that is known"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{times} {name}" for name, times in counts.items()) or "none"


def _degradations(counts: Mapping[str, int]) -> Iterator[str]:
    """Give a line for each of the commonest reasons, and one for the others together."""
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    for why, times in ordered[:_REASONS_SHOWN]:
        yield f"degraded  {times} times: {why}"
    if len(ordered) > _REASONS_SHOWN:
        yield f"degraded  for {len(ordered) - _REASONS_SHOWN} more reasons; --json lists them"
