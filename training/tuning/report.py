"""What came of a training, as its directory says. Knows no torch."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue, SerializeAsAny, TypeAdapter

from training.tuning.settings import TuneConfig

RECORD = "fathom_training.json"
"""The file in a trained model's directory that says how it was made."""
EMBEDDED = "model.gguf"
"""The one that the embedded engine serves, if it was asked for."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a model was made from.

    Attributes:
        data: the SHA-256 of the examples.
        base: what tells the base's weights from others.
        command: what was run, if it was a command.
    """

    data: str
    base: str
    command: str | None


@dataclass(frozen=True, slots=True)
class Counts:
    """What a language model was tuned on.

    Attributes:
        trained: samples learnt from.
        held_out: samples the loss was measured on.
        too_long: samples left out for their length.
        tokens: of those learnt from, in one pass.
        targets: of these, the ones that were learnt.
        weights: numbers in the model that were changed.
    """

    trained: int
    held_out: int
    too_long: int
    tokens: int
    targets: int
    weights: int


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The mean loss of a held-out target, in nats, before and after."""

    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Report:
    """What came of tuning a language model.

    Attributes:
        directory: the model's.
        origin: what it was made from.
        settings: what the tuning was told.
        counts: of the data.
        steps: done.
        loss: in training, of late.
        held_out: the loss on held-out samples, if there are any.
        serve: a command that serves it.
        serve_embedded: one that does so by the embedded engine, if its file was asked for.
        notes: what else is to be known of it, by name.
    """

    directory: Path
    origin: Origin
    settings: SerializeAsAny[TuneConfig]
    counts: Counts
    steps: int
    loss: float
    held_out: HeldOut | None
    serve: str
    serve_embedded: str | None
    notes: dict[str, JsonValue]

    @property
    def plain(self) -> dict[str, JsonValue]:
        """All of it as JSON."""
        found: dict[str, JsonValue] = _REPORT.dump_python(self, mode="json")
        return found


_REPORT = TypeAdapter(Report)


def serving(directory: Path) -> str:
    """Return a command that serves a model by vLLM."""
    return shlex.join(["vllm", "serve", str(directory)])


def serving_embedded(directory: Path) -> str:
    """Return a command that serves it by the embedded engine."""
    file = shlex.quote(str(directory / EMBEDDED))
    return f"FATHOM_ENGINE__KIND=llamacpp FATHOM_ENGINE__MODEL={file} fathom serve"
