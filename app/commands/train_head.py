"""`fathom train-head`: a small verifier on the embedded model's own hidden states, from labels."""

import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from pydantic import JsonValue

from app.commands.bar import bar
from app.commands.extras import needs
from app.commands.options import ConfigFlag, EngineFlag, JsonFlag, read_settings
from app.commands.running import Opener, foreseen, opener, run
from app.settings import Settings
from evaluation.rating import labelled
from evaluation.statistics import Estimate
from scorers.answers import check_pattern
from scorers.base import Aggregation
from scorers.build import ConfidenceConfig, VoteConfig
from scorers.calibration import CalibrationError, Level
from scorers.families import FAMILIES
from scorers.hidden_states import showing
from scorers.registry import AnyScorer
from training.examples import Example, read_examples

if TYPE_CHECKING:
    from evaluation.heads.run import Report, Trial

_FIGURES = {
    "within_question_auc": "AUC within questions",
    "auc": "AUC",
    "calibration_error": "calibration error",
    "brier": "Brier score",
}


def train_head(
    context: typer.Context,
    *,
    data: Annotated[Path, typer.Option(dir_okay=False, help="Lines of JSON: labelled solutions.")],
    out: Annotated[Path, typer.Option(dir_okay=False, help="Where the head goes.")],
    held_out: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Solutions of other questions, to measure.")
    ] = None,
    kind: Annotated[
        Literal["linear", "pairs", "mlp"],
        typer.Option(help="Logistic regression, the same of differences, or a small network."),
    ] = "linear",
    level: Annotated[Level, typer.Option(help="Labels: outcomes, or those of steps.")] = "solution",
    layout: Annotated[
        str, typer.Option(help="What is read: turn, or a family of prm_pooling.")
    ] = "turn",
    aggregation: Annotated[
        Aggregation | None,
        typer.Option(help="How rewards become the score; last of outcomes, product of steps."),
    ] = None,
    fewest_tokens: Annotated[
        int, typer.Option(min=0, help="The head abstains on finished solutions of fewer.")
    ] = 0,
    domain: Annotated[
        str | None, typer.Option(metavar="RE2", help="Of questions that it was trained for.")
    ] = None,
    step_end: Annotated[
        str, typer.Option("--step-end", help=r"Ends each step but the last; \n is a line's end.")
    ] = r"\n\n",
    folds: Annotated[int, typer.Option(min=2, help="Parts of the questions.")] = 5,
    seed: Annotated[int, typer.Option(help="Deals the folds, and draws the intervals.")] = 0,
    as_json: JsonFlag = False,
    engine_url: EngineFlag = None,
    config: ConfigFlag = None,
) -> None:
    """Fit a head to the hidden states of labelled solutions, and say what it is worth."""
    needs("evaluate", "sklearn")
    if layout != "turn" and layout not in FAMILIES:
        raise typer.BadParameter(f"--layout is turn or one of {', '.join(FAMILIES)}")
    end = step_end.replace(r"\n", "\n")
    if not end:
        raise typer.BadParameter("--step-end is empty")
    if not out.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {out.parent} for {out.name}")
    how = aggregation or ("last" if level == "solution" else "product")
    asked = _Asked(data, out, held_out, kind, level, layout, how, fewest_tokens, domain, end,
                   folds, seed)  # fmt: skip
    with foreseen():
        if domain is not None:
            check_pattern(domain)
        examples = list(read_examples(data))
        others = list(read_examples(held_out)) if held_out else []
        _check_apart(examples, others)
        report = _trained(context, read_settings(config, engine_url), asked, examples, others)
        _write(report, out)
    typer.echo(json.dumps(_plain(report, asked)) if as_json else _lines(report, asked))


@dataclass(frozen=True, slots=True)
class _Asked:
    """The command's arguments."""

    data: Path
    out: Path
    held_out: Path | None
    kind: Literal["linear", "pairs", "mlp"]
    level: Level
    layout: str
    aggregation: Aggregation
    fewest_tokens: int
    domain: str | None
    step_end: str
    folds: int
    seed: int

    @property
    def command(self) -> str:
        """The command that makes the same head again."""
        flags = {
            "--data": self.data.name,
            "--out": self.out.name,
            "--held-out": self.held_out and self.held_out.name,
            "--kind": self.kind,
            "--level": self.level,
            "--layout": self.layout,
            "--aggregation": self.aggregation,
            "--fewest-tokens": self.fewest_tokens,
            "--domain": self.domain,
            "--step-end": self.step_end.replace("\n", r"\n"),
            "--folds": self.folds,
            "--seed": self.seed,
        }
        told = (w for flag, v in flags.items() if v is not None for w in (flag, str(v)))
        return shlex.join(["fathom", "train-head", *told])


def _check_apart(examples: Sequence[Example], others: Sequence[Example]) -> None:
    known = {example.question for example in examples}
    shared = [example.question for example in others if example.question in known]
    if shared:
        raise typer.BadParameter(
            f"{len(shared)} held-out solutions are of questions that it is trained on"
        )


def _trained(
    context: typer.Context,
    settings: Settings,
    asked: _Asked,
    examples: Sequence[Example],
    others: Sequence[Example],
) -> "Report":
    try:
        return run(_train(opener(context), settings, asked, examples, others))
    except CalibrationError as error:
        raise typer.BadParameter(str(error)) from error


async def _train(
    open_service: Opener,
    settings: Settings,
    asked: _Asked,
    examples: Sequence[Example],
    others: Sequence[Example],
) -> "Report":
    from evaluation.heads.making import Plan  # noqa: PLC0415 - in an extra
    from evaluation.heads.run import Course  # noqa: PLC0415
    from scorers.head import Provenance  # noqa: PLC0415

    free: dict[str, AnyScorer] = {"confidence": ConfidenceConfig(), "vote": VoteConfig()}
    # Nobody else is to judge, least of all a head for another model.
    alone = settings.model_copy(update={"scorers": free, "scorer": ("vote",), "models": {}})
    n = len(labelled(examples, asked.level)) + len(labelled(others, asked.level))
    async with open_service(alone) as service:
        with bar(n, "reading") as advance:
            course = Course(
                engine=showing(service.engine),
                grader=service.grader,
                plan=Plan(asked.kind, asked.level, asked.aggregation, asked.folds, asked.seed),
                layout=asked.layout,
                written=FAMILIES[asked.layout].layout if asked.layout in FAMILIES else None,
                step_end=asked.step_end,
                fewest_tokens=asked.fewest_tokens,
                domain=asked.domain,
                progress=advance,
            )
            told = Provenance(command=asked.command, data=_described(examples))
            return await course.run(examples, others, told)


def _described(examples: Sequence[Example]) -> str:
    questions = {example.question for example in examples}
    sources = dict.fromkeys(example.source for example in examples if example.source)
    whose = f" by {', '.join(sources)}" if sources else ""
    return f"{len(examples)} solutions of {len(questions)} questions{whose}"


def _write(report: "Report", out: Path) -> None:
    try:
        out.write_text(report.head.model_dump_json(exclude_none=True) + "\n", encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{out} cannot be written: {error.strerror}") from error


def _plain(report: "Report", asked: _Asked) -> dict[str, JsonValue]:
    return {
        "command": asked.command,
        "file": str(asked.out),
        "penalty": report.penalty,
        "tried": asdict(report.tried),
        "held_out": asdict(report.held_out) if report.held_out else None,
        "left_out": dict(report.left_out),
        "worth": report.head.provenance.worth,
    }


def _lines(report: "Report", asked: _Asked) -> str:
    lines = [
        *_shown("by heads that do not know the question", report.tried),
        *(_shown("held out", report.held_out) if report.held_out else ()),
        *(f"left out   {n} solutions: {why}" for why, n in report.left_out.items()),
        f"penalty    {report.penalty:g}, {asked.folds} folds, seed {asked.seed}",
        f"file       {asked.out}",
    ]
    return "\n".join(lines)


def _shown(which: str, trial: "Trial") -> Iterator[str]:
    yield (
        f"{which}: {trial.solutions} solutions of {trial.questions} questions, {trial.mixed} with "
        f"right and wrong ones; {trial.right:.1%} right"
    )
    yield f"{'':21} " + " ".join(f"{name:20}" for name in trial.judges).rstrip()
    for name, shown in _FIGURES.items():
        figures = (_figure(getattr(quality, name)) for quality in trial.judges.values())
        yield f"{shown:21} " + " ".join(f"{figure:20}" for figure in figures).rstrip()


def _figure(found: Estimate | None) -> str:
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]" if found else "none"
