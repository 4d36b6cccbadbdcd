"""A model taught to pause: its token added, its rows made, all of its weights tuned. Needs torch.

The folder says how it was paused, in `config.json`, where it stays when it is trained on: `stages`,
and of the last fine-tuning `pauses`, as many as it is to be served with. Drawing by transformers
leaves the token out, by `generation_config.json`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from training.pairs import Pair
from training.pause import PAUSE, RECORDED
from training.pause.corpus import packed
from training.pause.samples import finetuning, pretraining
from training.pause.settings import FinetuneConfig, PretrainConfig
from training.pause.token import add_pause
from training.pause.turns import turns
from training.tuning.errors import BadBase
from training.tuning.models import Base, fingerprint
from training.tuning.progress import Told
from training.tuning.report import Report
from training.tuning.rows import Rows
from training.tuning.tune import tune


@dataclass(frozen=True, slots=True)
class Pausing:
    """One training of a base with pauses.

    Attributes:
        base: a folder of a causal language model, or one in memory, which is changed.
        out: the model's folder, which must not be there.
        told: hears how far it is.
        command: what to say in the folder that was run.
    """

    base: Base | Path
    out: Path
    told: Told = lambda _: None
    command: str | None = None

    def pretrain(self, texts: Iterable[str], settings: PretrainConfig) -> Report:
        """Pre-train on texts, with pauses at random places of them.

        Raises:
            TrainError: it cannot be done; says why.
        """
        base, made_of = self._opened()
        pause = add_pause(base)
        context = base.model.config.max_position_embeddings
        if settings.length > context:
            raise BadBase(f"rows have {settings.length} tokens, and the base's context {context}")
        ids = (base.tokenize(text, True) for text in texts)
        rows = packed(ids, _end(base), settings.length)
        return self._tuned(base, made_of, pretraining(rows, pause, settings), settings)

    def finetune(self, pairs: Iterable[Pair], settings: FinetuneConfig) -> Report:
        """Fine-tune on responses, each behind its prompt and M pauses.

        Raises:
            TrainError: it cannot be done; says why.
        """
        base, made_of = self._opened()
        pause = add_pause(base)
        context = base.model.config.max_position_embeddings
        rows = finetuning(turns(base, pairs, _end(base)), pause, settings, context)
        return self._tuned(base, made_of, rows, settings)

    def _opened(self) -> tuple[Base, str]:
        base = _loaded(self.base) if isinstance(self.base, Path) else self.base
        return base, fingerprint(base.model)

    def _tuned(
        self, base: Base, made_of: str, rows: Rows, settings: PretrainConfig | FinetuneConfig
    ) -> Report:
        _record(base, settings)
        return tune(
            base, rows, settings, self.out, self.told, command=self.command, made_of=made_of,
            notes={"pause": getattr(base.model.config, RECORDED)},
        )  # fmt: skip


def _loaded(directory: Path) -> Base:
    try:
        model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32)
        tokenizer = AutoTokenizer.from_pretrained(directory)
    except (OSError, ValueError, RuntimeError) as error:
        raise BadBase(f"{directory} is no language model of transformers: {error}") from error
    return Base(model, tokenizer)


def _end(base: Base) -> int:
    end: int | None = base.tokenizer.eos_token_id
    if end is None:
        raise BadBase("the base's tokenizer has no token for the end of a text")
    return end


def _record(base: Base, settings: PretrainConfig | FinetuneConfig) -> None:
    """Have the model's own files say how it was paused, and that pauses are never drawn."""
    before: dict[str, Any] = getattr(base.model.config, RECORDED, None) or {}
    pauses = settings.pauses if isinstance(settings, FinetuneConfig) else before.get("pauses")
    stages = [*before.get("stages", ()), settings.stage]
    setattr(base.model.config, RECORDED, {"stages": stages, "pauses": pauses})
    pause = base.tokenizer.convert_tokens_to_ids(PAUSE)
    drawing = base.model.generation_config
    drawing.suppress_tokens = sorted({*(drawing.suppress_tokens or ()), pause})
