"""A student from pairs: encoded, tuned, written. Needs torch."""

from collections.abc import Sequence
from pathlib import Path

from training.pairs import Pair
from training.sft.chat import Encoder
from training.sft.samples import read
from training.sft.settings import SftConfig
from training.sft.student import chat_of, end_turns_by, opened
from training.tuning.models import Base, fingerprint
from training.tuning.progress import Told
from training.tuning.report import Report
from training.tuning.tune import Merge, tune


def finetune(
    settings: SftConfig,
    pairs: Sequence[Pair],
    base: Base | Path,
    out: Path,
    told: Told = lambda _: None,
    *,
    command: str | None = None,
) -> Report:
    """Fine-tune a student and write its directory; see `training.tuning.tune`.

    Args:
        settings: how.
        pairs: instructions, and the responses that are learnt.
        base: a directory of a language model, or one in memory, which stays as it is.
        out: the student's directory, which must not be there.
        told: hears how far it is.
        command: what to say in the directory that was run.

    Raises:
        TrainError: it cannot be done; says why.
    """
    made = opened(base)
    made_of = fingerprint(made.model)
    encoder = Encoder(chat_of(made))
    end_turns_by(made, encoder.end)
    context = getattr(made.model.config, "max_position_embeddings", None)
    samples = read(settings, pairs, encoder, context, told)
    student, merge = _adapted(made, settings)
    return tune(
        student, samples.rows, settings, out, told, command=command, made_of=made_of, merge=merge,
        notes={"pairs": samples.pairs, "empty": samples.empty},
    )  # fmt: skip


def _adapted(base: Base, settings: SftConfig) -> tuple[Base, Merge]:
    """Return what is trained, and how it becomes what is written."""
    if settings.lora is None:
        return base, lambda model: model
    from training.sft.lora import beside, merged  # noqa: PLC0415 only it needs peft

    return Base(beside(base.model, settings), base.tokenizer), merged
