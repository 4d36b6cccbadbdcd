"""`fathom calibrate-scorer`: a curve that makes chances of a scorer's scores, from labels."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from pydantic import JsonValue
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.commands.options import (
    STEP_END,
    ConfigFlag,
    EngineFlag,
    JsonFlag,
    StepEndFlag,
    read_settings,
)
from app.commands.running import Opener, foreseen, opener, run
from app.service import Service
from app.settings import Settings
from evaluation.rating import Ratings, labelled, rate, targets
from evaluation.statistics import Estimate
from evaluation.verification import mixed
from scorers.base import Scorer
from scorers.calibration import Calibration, CalibrationError, Curve, Level
from search.errors import StrategyRefused
from search.scoring import unfit
from training.examples import Example, read_examples

if TYPE_CHECKING:
    from evaluation.calibration import Fitted, Quality

_FIGURES = {
    "calibration_error": "calibration error",
    "brier": "Brier score",
    "log_loss": "log loss",
    "auc": "AUC",
    "within_question_auc": "AUC within questions",
}


def calibrate_scorer(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="LABELLED", help="Lines of JSON: solutions with labels.")
    ],
    *,
    scorer: Annotated[str, typer.Option("--scorer", metavar="NAME", help="What is calibrated.")],
    out: Annotated[Path, typer.Option("--out", dir_okay=False, help="Where the curve goes.")],
    method: Annotated[
        Literal["platt", "isotonic"],
        typer.Option(help="Two numbers, or as many steps as the labels carry."),
    ] = "platt",
    level: Annotated[
        Level,
        typer.Option(help="Scores of solutions and outcomes, or rewards and labels of steps."),
    ] = "solution",
    step_end: StepEndFlag = STEP_END,
    folds: Annotated[
        int,
        typer.Option(min=2, help="Parts of the questions, each tried by a curve of the others."),
    ] = 5,
    seed: Annotated[int, typer.Option(help="Deals the folds, and draws the intervals.")] = 0,
    plot: Annotated[
        Path | None, typer.Option("--plot", dir_okay=False, help="A PNG: before and after.")
    ] = None,
    as_json: JsonFlag = False,
    engine_url: EngineFlag = None,
    config: ConfigFlag = None,
) -> None:
    """Fit a curve by which of what is scored 0.8 eight in ten are right, and say what it gains."""
    _check_extra("sklearn", *(["matplotlib"] if plot else []))
    _check_folders(out, *([plot] if plot else []))
    asked = _Asked(scorer, level, method, step_end, folds, seed)
    with foreseen():
        examples = list(read_examples(file))
    with _one_sentence():
        _check_labels(examples, asked)
        ratings = run(_rate(opener(context), read_settings(config, engine_url), asked, examples))
        done = _calibrated(asked, ratings, hashlib.sha256(file.read_bytes()).hexdigest())
        done.calibration.write(out)
    if plot is not None:
        _draw(done.fitted, plot, asked)
    typer.echo(json.dumps(_plain(done, out, plot)) if as_json else _lines(done, out, plot))


@dataclass(frozen=True, slots=True)
class _Asked:
    """The command's arguments, but for its files."""

    scorer: str
    level: Level
    method: Literal["platt", "isotonic"]
    step_end: str
    folds: int
    seed: int


@dataclass(frozen=True, slots=True)
class _Done:
    """What came of it."""

    asked: _Asked
    ratings: Ratings
    fitted: "Fitted"
    before: "Quality"
    after: "Quality"
    calibration: Calibration


def _check_extra(*modules: str) -> None:
    for module in modules:
        if find_spec(module) is None:
            raise typer.BadParameter(f"{module} is missing: pip install 'fathom-serve[evaluate]'")


def _check_folders(*paths: Path) -> None:
    for path in paths:
        if not path.parent.is_dir():
            raise typer.BadParameter(f"there is no folder {path.parent} for {path.name}")


@contextmanager
def _one_sentence() -> Iterator[None]:
    """Turn what is wrong with the labels into code 2, like a flag that makes no sense."""
    try:
        yield
    except CalibrationError as error:
        raise typer.BadParameter(str(error)) from error


def _check_labels(examples: Sequence[Example], asked: _Asked) -> None:
    """Refuse labels that no curve can be fitted to, before anybody judges."""
    from evaluation.calibration import check_targets  # noqa: PLC0415 - in an extra

    told: dict[str, list[float]] = {}
    for example in labelled(examples, asked.level):
        known = [target for target in targets(example, asked.level) if target is not None]
        told.setdefault(example.question, []).extend(known)
    check_targets(told, asked.folds)


async def _rate(
    open_service: Opener, settings: Settings, asked: _Asked, examples: Sequence[Example]
) -> Ratings:
    async with open_service(settings) as service:
        scorer = _scorer(service, asked.scorer)
        with _watched(len(labelled(examples, asked.level))) as progress:
            return await rate(
                examples, scorer, level=asked.level, step_end=asked.step_end, progress=progress
            )


def _scorer(service: Service, name: str) -> Scorer:
    scorer = service.alone(name)
    reason = unfit(scorer, finished=True)
    if reason is not None:
        raise StrategyRefused(reason, param="scorer")
    return scorer


@contextmanager
def _watched(n: int) -> Iterator[Callable[[int], None]]:
    """Show on standard error how many are judged, if that is a terminal."""
    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    bar = Progress(*columns, TimeRemainingColumn(), console=console, transient=True,
                   disable=not console.is_terminal)  # fmt: skip
    with bar:
        shown = bar.add_task("judging", total=n)
        yield lambda more: bar.update(shown, advance=more)


def _calibrated(asked: _Asked, ratings: Ratings, digest: str) -> _Done:
    from evaluation.calibration import calibrate, quality  # noqa: PLC0415 - in an extra

    fitted = calibrate(ratings.questions, asked.method, folds=asked.folds, seed=asked.seed)
    before, after = quality(fitted.before, asked.seed), quality(fitted.after, asked.seed)
    calibration = Calibration(
        curve=fitted.curve,
        level=asked.level,
        fitted_on=_fitted_on(asked, ratings, digest),
        measures={"before": asdict(before), "after": asdict(after)},
    )
    return _Done(asked, ratings, fitted, before, after, calibration)


def _fitted_on(asked: _Asked, ratings: Ratings, digest: str) -> dict[str, JsonValue]:
    questions = list(ratings.questions.values())
    return {
        "scorer": asked.scorer,
        "sha256": digest,
        "n": sum(map(len, questions)),
        "solutions": ratings.solutions,
        "questions": len(questions),
        "questions_with_right_and_wrong": mixed(questions),
        "left_out": dict(ratings.left_out),
        "unlabelled": ratings.unlabelled,
        "folds": asked.folds,
        "seed": asked.seed,
    }


def _draw(fitted: "Fitted", path: Path, asked: _Asked) -> None:
    from evaluation.diagram import draw  # noqa: PLC0415 - in an extra

    title = f"{asked.scorer}, {asked.level}s, {asked.method}"
    try:
        draw(fitted.before, fitted.after, path, title=title)
    except OSError as error:
        raise typer.BadParameter(f"{path} cannot be written: {error.strerror}") from error


def _plain(done: _Done, out: Path, plot: Path | None) -> dict[str, JsonValue]:
    plain: dict[str, JsonValue] = done.calibration.model_dump(mode="json")
    return {"file": str(out), "plot": str(plot) if plot else None, **plain}


def _lines(done: _Done, out: Path, plot: Path | None) -> str:
    rows = [
        f"{shown:21} {_figure(getattr(done.before, name)):24} {_figure(getattr(done.after, name))}"
        for name, shown in _FIGURES.items()
    ]
    lines = [
        _counted(done),
        *(f"left out   {n} solutions: {why}" for why, n in done.ratings.left_out.items()),
        *([f"unlabelled {n} solutions"] if (n := done.ratings.unlabelled) else []),
        f"{'':21} {'before':24} after, by curves fitted to other questions",
        *rows,
        f"curve      {_shown(done.calibration.curve)}",
        f"seed       {done.asked.seed}, {done.asked.folds} folds",
        f"file       {out}",
        *([f"plot       {plot}"] if plot else []),
    ]
    return "\n".join(lines)


def _counted(done: _Done) -> str:
    questions = list(done.ratings.questions.values())
    steps = f"{sum(map(len, questions))} steps of " if done.asked.level == "step" else ""
    return (
        f"{done.asked.scorer}: {steps}{done.ratings.solutions} solutions of {len(questions)} "
        f"questions, {mixed(questions)} with right and wrong ones"
    )


def _figure(found: Estimate | None) -> str:
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]" if found else "none"


def _shown(curve: Curve) -> str:
    if curve.kind == "platt":
        return f"platt, slope {curve.slope:.3f}, intercept {curve.intercept:.3f}"
    return f"isotonic, {len(curve.knots)} knots"
