"""How far a training is, and who is told. Knows no torch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Stage: TypeAlias = Literal["reading", "training", "measuring"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a training is: examples or steps done of all, and how well it does."""

    stage: Stage
    done: int
    total: int
    loss: float | None = None
    held_out_loss: float | None = None


Told: TypeAlias = Callable[[Progress], None]
"""Is told how far a training is. A `KeyboardInterrupt` that it raises between two steps ends the
training after a checkpoint."""
