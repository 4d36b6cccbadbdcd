"""`fathom train pause`: a model that thinks over pause tokens before it answers."""

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

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
from app.commands.training.student import lines
from training.pairs import read_pairs
from training.pause.corpus import read_texts
from training.pause.settings import STAGES, FinetuneConfig, PretrainConfig
from training.tuning.progress import Told
from training.tuning.report import Report
from training.tuning.settings import TuneConfig


class Stage(StrEnum):
    """Where pauses stand."""

    PRETRAIN = "pretrain"
    FINETUNE = "finetune"


def pause(
    *,
    stage: Annotated[
        Stage, typer.Option(help="Pauses at random places of texts, or before responses.")
    ],
    data: Annotated[
        Path,
        typer.Option(exists=True, dir_okay=False, help="Texts to pre-train on, or pairs of turns."),
    ],
    base: BaseFlag = None,
    out: Annotated[Path, typer.Option(help="The model's directory, which must not be there.")],
    config: SettingsFlag = None,
    pauses: Annotated[Whole, flag(FinetuneConfig, "pauses")] = None,
    share: Annotated[Number, flag(PretrainConfig, "share")] = None,
    length: Annotated[Whole, flag(PretrainConfig, "length")] = None,
    epochs: Annotated[Whole, flag(TuneConfig, "epochs")] = None,
    batch: Annotated[Whole, flag(TuneConfig, "batch")] = None,
    micro_tokens: Annotated[Whole, flag(TuneConfig, "micro_tokens")] = None,
    learning_rate: Annotated[Number, flag(TuneConfig, "learning_rate")] = None,
    warmup: Annotated[Number, flag(TuneConfig, "warmup")] = None,
    decay: Annotated[Word, flag(TuneConfig, "decay", metavar="cosine|linear")] = None,
    weight_decay: Annotated[Number, flag(TuneConfig, "weight_decay")] = None,
    betas: Annotated[tuple[float, float] | None, flag(TuneConfig, "betas")] = None,
    seed: Annotated[Whole, flag(TuneConfig, "seed")] = None,
    validation: Annotated[Number, flag(TuneConfig, "validation")] = None,
    max_tokens: Annotated[Whole, flag(TuneConfig, "max_tokens")] = None,
    checkpoint_every: Annotated[Whole, flag(TuneConfig, "checkpoint_every")] = None,
    gguf: Annotated[bool | None, flag(TuneConfig, "gguf")] = None,
    device: Annotated[Word, flag(TuneConfig, "device")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Teach a model to pause, in one of the two stages."""
    settings = _settings(config, locals())
    needs("train", "torch", "transformers", "safetensors")
    report = trained(lambda told: _run(settings, data, base, out, told))
    typer.echo(json.dumps(report.plain) if as_json else "\n".join(_lines(report)))


def _settings(file: Path | None, flags: Mapping[str, Any]) -> PretrainConfig | FinetuneConfig:
    stage: Stage = flags["stage"]
    for name in ("pauses", "share", "length"):
        if flags[name] is not None and name not in STAGES[stage].model_fields:
            raise typer.BadParameter(f"`{name}` is no setting of the stage {stage}")
    return read_settings(STAGES[stage], file, {**flags, "stage": stage.value})


def _run(
    settings: PretrainConfig | FinetuneConfig, data: Path, base: Path | None, out: Path, told: Told
) -> Report:
    from training.pause.train import Pausing  # noqa: PLC0415 torch takes seconds

    pausing = Pausing(base_of(base), out, told, command())
    if isinstance(settings, PretrainConfig):
        return pausing.pretrain(read_texts(data), settings)
    return pausing.finetune(list(read_pairs(data)), settings)


def _lines(report: Report) -> Iterator[str]:
    if not isinstance(report.settings, FinetuneConfig):
        yield lines(report, "rows of text")
        return
    yield lines(
        report, f"{report.notes['pairs']} pairs, {report.notes['empty']} without a response"
    )
    yield f"pauses    to be served with `pause_tokens: {report.settings.pauses}`"
