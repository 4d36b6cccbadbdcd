"""A language model tuned on rows of tokens: measured, trained, measured, written. Needs torch.

All of it can be stopped at any time, and goes on from its last checkpoint to the same result.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from pydantic import JsonValue
from transformers import PreTrainedModel

from training.tuning import embedded
from training.tuning.errors import BadBase, NothingToLearn, OtherTraining
from training.tuning.loop import Loop
from training.tuning.models import Base, device_of, fingerprint, is_causal
from training.tuning.place import Place
from training.tuning.progress import Told
from training.tuning.report import Origin, Report, serving, serving_embedded
from training.tuning.rows import Rows
from training.tuning.settings import ELSEWHERE, TuneConfig

Merge: TypeAlias = Callable[[PreTrainedModel], PreTrainedModel]
"""Gives the model that is written out of the one that was trained."""


def tune(
    base: Base,
    rows: Rows,
    settings: TuneConfig,
    out: Path,
    told: Told = lambda _: None,
    *,
    command: str | None = None,
    made_of: str | None = None,
    merge: Merge = lambda model: model,
    notes: Mapping[str, JsonValue] | None = None,
) -> Report:
    """Tune a causal language model and write its directory, which transformers and vLLM read.

    A checkpoint is kept beside it, in `<out>.unfinished`, until the directory is there. A tuning
    that was stopped goes on from it, if all that its result depends on is the same; on one thread
    of a CPU to the same weights, bit for bit.

    Args:
        base: its model is changed, all weights that need gradients, in the precision it is in; its
            tokenizer is written too.
        rows: to learn from, and to measure the loss on; those without targets count for nothing.
        settings: how.
        out: the model's directory, which must not be there.
        told: hears how far it is.
        command: what to say in the directory that was run.
        made_of: what tells the base from others; if not given, the fingerprint of its model.
        merge: makes what is written of what was trained.
        notes: what else to say in the directory, by name.

    Raises:
        TrainError: it cannot be done; says why.
        NotWritable: `gguf` is wanted, and cannot be of this model; what was learnt is kept.
    """
    _refuse(base, rows, settings, out)
    origin = Origin(rows.sha256, made_of or fingerprint(base.model), command)
    place = Place(out)
    checkpoint = place.checkpoint(settings, origin, elsewhere=ELSEWHERE)
    model = base.model.to(device_of(settings.device))
    loop = Loop(model, rows, settings, checkpoint, told)
    loop.run()
    report = Report(
        directory=out,
        origin=origin,
        settings=settings,
        counts=loop.counts,
        steps=loop.state.step,
        loss=loop.state.loss or 0.0,
        held_out=loop.held_out,
        serve=serving(out),
        serve_embedded=serving_embedded(out) if settings.gguf else None,
        notes=dict(notes or {}),
    )
    made = Base(merge(model), base.tokenizer)
    place.write(made, report.plain, _beside(settings, out.name))
    return report


def _refuse(base: Base, rows: Rows, settings: TuneConfig, out: Path) -> None:
    if out.exists():
        raise OtherTraining(out, "is there already")
    if not any(any(row.targets) for row in rows.trained):
        raise NothingToLearn(
            f"no sample is left to learn from: {rows.too_long} have more than "
            f"{settings.max_tokens} tokens, or the model's context"
        )
    if not is_causal(base.model):
        raise BadBase("the base's tokens see those behind them: they would know what they learn")
    if settings.gguf:
        embedded.refuse_others(base)


def _beside(settings: TuneConfig, name: str) -> Callable[[Path], None]:
    if not settings.gguf:
        return lambda _: None
    return lambda directory: embedded.write_embedded(directory, name)
