"""A model taught to pause: its token added, its rows made, all of its weights tuned. Needs torch.

The folder says how it was paused, in `config.json`, where it stays when it is trained on: `stages`,
and of the last fine-tuning `pauses`, as many as it is to be served with. Drawing by transformers
leaves the token out, by `generation_config.json`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from training.pairs import Pair
from training.pause import PAUSE, RECORDED
from training.pause.corpus import packed
from training.pause.samples import Paused, pretraining
from training.pause.settings import FinetuneConfig, PretrainConfig
from training.pause.token import add_pause
from training.sft.chat import Encoder
from training.sft.samples import read
from training.sft.student import chat_of, end_turns_by, opened
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
        base: a folder of a causal language model, or one in memory, which stays as it is.
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
        context = _context(base)
        if context is not None and settings.length > context:
            raise BadBase(f"rows have {settings.length} tokens, and the base's context {context}")
        ids = (base.tokenize(text, True) for text in texts)
        rows = packed(ids, _end(base), settings.length)
        return self._tuned(base, made_of, pretraining(rows, pause, settings), settings)

    def finetune(self, pairs: Sequence[Pair], settings: FinetuneConfig) -> Report:
        """Fine-tune on responses, each behind its prompt and M pauses.

        Raises:
            TrainError: it cannot be done; says why.
        """
        base, made_of = self._opened()
        pause = add_pause(base)
        encoder = Encoder(chat_of(base))
        end_turns_by(base, encoder.end)
        paused = Paused(encoder, settings.pauses, pause)
        samples = read(settings, pairs, paused, _context(base), self.told)
        counted: dict[str, JsonValue] = {"pairs": samples.pairs, "empty": samples.empty}
        return self._tuned(base, made_of, samples.rows, settings, counted)

    def _opened(self) -> tuple[Base, str]:
        base = opened(self.base)
        return base, fingerprint(base.model)

    def _tuned(
        self,
        base: Base,
        made_of: str,
        rows: Rows,
        settings: PretrainConfig | FinetuneConfig,
        counted: dict[str, JsonValue] | None = None,
    ) -> Report:
        told = _record(base, settings)
        return tune(
            base, rows, settings, self.out, self.told, command=self.command, made_of=made_of,
            notes={**(counted or {}), "pause": told},
        )  # fmt: skip


def _context(base: Base) -> int | None:
    return getattr(base.model.config, "max_position_embeddings", None)


def _end(base: Base) -> int:
    end: int | None = base.tokenizer.eos_token_id
    if end is None:
        raise BadBase("the base's tokenizer has no token for the end of a text")
    return end


def _record(base: Base, settings: PretrainConfig | FinetuneConfig) -> dict[str, JsonValue]:
    """Have the model's own files say how it was paused, which is returned; and never draw one."""
    before: dict[str, Any] = getattr(base.model.config, RECORDED, None) or {}
    pauses = settings.pauses if isinstance(settings, FinetuneConfig) else before.get("pauses")
    stages = [*before.get("stages", ()), settings.stage]
    told: dict[str, JsonValue] = {"stages": stages, "pauses": pauses}
    setattr(base.model.config, RECORDED, told)
    pause = base.tokenizer.convert_tokens_to_ids(PAUSE)
    drawing = base.model.generation_config
    drawing.suppress_tokens = sorted({*(drawing.suppress_tokens or ()), pause})
    return told
