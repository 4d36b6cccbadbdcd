"""`fathom train sft`: a student from instructions and their responses."""

import json
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
from app.commands.training.student import lines
from training.pairs import read_pairs
from training.sft.settings import SftConfig
from training.tuning.report import Report


def sft(
    *,
    data: Annotated[
        Path,
        typer.Option(exists=True, dir_okay=False, help="Pairs: lines of JSON, or one list."),
    ],
    base: BaseFlag = None,
    out: Annotated[Path, typer.Option(help="The student's directory, which must not be there.")],
    config: SettingsFlag = None,
    epochs: Annotated[Whole, flag(SftConfig, "epochs")] = None,
    batch: Annotated[Whole, flag(SftConfig, "batch")] = None,
    micro_tokens: Annotated[Whole, flag(SftConfig, "micro_tokens")] = None,
    learning_rate: Annotated[Number, flag(SftConfig, "learning_rate")] = None,
    warmup: Annotated[Number, flag(SftConfig, "warmup")] = None,
    decay: Annotated[Word, flag(SftConfig, "decay", metavar="cosine|linear")] = None,
    weight_decay: Annotated[Number, flag(SftConfig, "weight_decay")] = None,
    betas: Annotated[tuple[float, float] | None, flag(SftConfig, "betas")] = None,
    lora: Annotated[Whole, flag(SftConfig, "lora", metavar="RANK")] = None,
    lora_alpha: Annotated[Number, flag(SftConfig, "lora_alpha")] = None,
    lora_targets: Annotated[
        list[str] | None, flag(SftConfig, "lora_targets", metavar="NAME...")
    ] = None,
    seed: Annotated[Whole, flag(SftConfig, "seed")] = None,
    validation: Annotated[Number, flag(SftConfig, "validation")] = None,
    max_tokens: Annotated[Whole, flag(SftConfig, "max_tokens")] = None,
    checkpoint_every: Annotated[Whole, flag(SftConfig, "checkpoint_every")] = None,
    gguf: Annotated[bool | None, flag(SftConfig, "gguf")] = None,
    device: Annotated[Word, flag(SftConfig, "device")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Fine-tune a student on pairs, which vLLM can serve."""
    settings = read_settings(SftConfig, config, locals())
    needs("train", "torch", "transformers", "safetensors", *(["peft"] if settings.lora else []))
    report = _trained(settings, data, base, out)
    counted = f"{report.notes['pairs']} pairs, {report.notes['empty']} without a response"
    typer.echo(json.dumps(report.plain) if as_json else lines(report, counted))


def _trained(settings: SftConfig, data: Path, base: Path | None, out: Path) -> Report:
    from training.sft.train import finetune  # noqa: PLC0415 torch takes seconds

    return trained(
        lambda told: finetune(
            settings, list(read_pairs(data)), base_of(base), out, told, command=command()
        )
    )
