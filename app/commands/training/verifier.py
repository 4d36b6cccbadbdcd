"""`fathom train prm` and `fathom train orm`: a judge of steps, or of whole solutions."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from app.commands.extras import needs
from app.commands.options import JsonFlag
from app.commands.training.base import base_of
from app.commands.training.running import command, trained
from app.commands.training.settings import (
    BaseFlag,
    Number,
    SettingsFlag,
    Whole,
    Word,
    flag,
    read_settings,
)
from scorers.families import FAMILIES
from training.examples import read_examples
from training.verifier.config import TrainConfig
from training.verifier.report import Measures, Report


def verifier(
    context: typer.Context,
    *,
    data: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="Labelled solutions, lines of JSON.")
    ],
    base: BaseFlag = None,
    out: Annotated[Path, typer.Option(help="The verifier's directory, which must not be there.")],
    config: SettingsFlag = None,
    family: Annotated[Word, flag(TrainConfig, "family", metavar="|".join(FAMILIES))] = None,
    split: Annotated[Word, flag(TrainConfig, "split")] = None,
    classes: Annotated[Whole, flag(TrainConfig, "classes", metavar="2|3")] = None,
    neutral: Annotated[Word, flag(TrainConfig, "neutral", metavar="positive|negative")] = None,
    freeze: Annotated[Whole, flag(TrainConfig, "freeze")] = None,
    epochs: Annotated[Whole, flag(TrainConfig, "epochs")] = None,
    batch_tokens: Annotated[Whole, flag(TrainConfig, "batch_tokens")] = None,
    learning_rate: Annotated[Number, flag(TrainConfig, "learning_rate")] = None,
    warmup: Annotated[Number, flag(TrainConfig, "warmup")] = None,
    decay: Annotated[Word, flag(TrainConfig, "decay", metavar="cosine|linear")] = None,
    weight_decay: Annotated[Number, flag(TrainConfig, "weight_decay")] = None,
    betas: Annotated[tuple[float, float] | None, flag(TrainConfig, "betas")] = None,
    dropout: Annotated[Number, flag(TrainConfig, "dropout")] = None,
    seed: Annotated[Whole, flag(TrainConfig, "seed")] = None,
    validation: Annotated[Number, flag(TrainConfig, "validation")] = None,
    checks: Annotated[Whole, flag(TrainConfig, "checks")] = None,
    patience: Annotated[Whole, flag(TrainConfig, "patience")] = None,
    max_tokens: Annotated[Whole, flag(TrainConfig, "max_tokens")] = None,
    checkpoint_every: Annotated[Whole, flag(TrainConfig, "checkpoint_every")] = None,
    device: Annotated[Word, flag(TrainConfig, "device")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Train the verifier that the command is called after."""
    settings = read_settings(TrainConfig, config, {**locals(), "kind": context.info_name})
    needs("train", "torch", "transformers", "safetensors")
    report = _trained(settings, data, base, out)
    typer.echo(json.dumps(report.plain) if as_json else _lines(report))


def _trained(settings: TrainConfig, data: Path, base: Path | None, out: Path) -> Report:
    from training.verifier.train import train  # noqa: PLC0415 torch takes seconds

    return trained(
        lambda told: train(
            settings, list(read_examples(data)), base_of(base), out, told, command=command()
        )
    )


def _lines(report: Report) -> str:
    c = report.counts
    early = "" if report.steps == report.planned else ", ended early"
    lines = [
        f"verifier  {report.directory}",
        f"data      {c.examples} solutions: {c.trained} learnt from, {c.held_out} held out; "
        f"{c.unlabelled} without a label, {c.too_long} too long",
        f"questions {c.questions} learnt from, {c.held_out_questions} held out",
        f"steps     {report.steps} of {report.planned}{early}; kept is step {report.best_step}",
        f"loss      {report.loss:.4f} in training",
        *(_measured(report.measures) if report.measures else ()),
        f"serve     {report.serve}",
        f"scorer    {json.dumps(report.scorer)}",
    ]
    return "\n".join(lines)


def _measured(measures: Measures) -> Iterator[str]:
    yield f"held out  loss {measures.loss:.4f}, AUC {_number(measures.auc)}"
    for how, found in measures.within_question.items():
        told = "no question has right and wrong solutions"
        if found is not None:
            told = (
                f"{found.auc:.3f} [{found.low:.3f}, {found.high:.3f}], {found.questions} questions"
            )
        yield f"within a question, by {how}: AUC {told}"


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"
