"""Where a training stands, in a file that is whole at any time. Needs torch."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import torch
from pydantic import JsonValue
from torch import Tensor

from training.tuning.errors import OtherTraining

Weights: TypeAlias = dict[str, Tensor]
Setup: TypeAlias = dict[str, JsonValue]
"""All that a training's result depends on."""


@dataclass
class State:
    """Where a training stands between two steps.

    Attributes:
        step: steps done.
        loss: of late, a mean in which each step counts a tenth less than the next.
        checks: the step and the held-out loss of each check.
        best: the weights at the best check; none without held-out questions.
    """

    step: int = 0
    loss: float | None = None
    checks: list[tuple[int, float]] = field(default_factory=list)
    best: Weights | None = None

    @property
    def best_check(self) -> tuple[int, float] | None:
        """The step and the loss of the check with the least."""
        return min(self.checks, key=lambda check: check[1], default=None)

    @property
    def since(self) -> int:
        """Checks since the best."""
        best = self.best_check
        return len(self.checks) - 1 - self.checks.index(best) if best else 0


class Checkpoint:
    """One file, written beside and then renamed.

    Args:
        path: of the file.
        setup: what it is of; a file of another is refused.
    """

    def __init__(self, path: Path, setup: Setup) -> None:
        self.path, self._setup = path, setup

    def save(self, state: State, weights: Weights, optimizer: dict[str, Any]) -> None:
        """Write where a training stands, with the state of chance."""
        kept = {
            "setup": json.dumps(self._setup),
            "state": vars(state),
            "weights": weights,
            "optimizer": optimizer,
            "chance": torch.get_rng_state(),
            "gpu_chance": torch.cuda.get_rng_state_all(),
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.path.with_suffix(".writing")
        with unfinished.open("wb") as file:
            torch.save(kept, file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self.path)

    def load(self) -> tuple[State, Weights, dict[str, Any]] | None:
        """Return what was saved, and set the state of chance; `None` if nothing was.

        Raises:
            OtherTraining: it is of another setup; says what differs.
        """
        if not self.path.exists():
            return None
        kept = torch.load(self.path, map_location="cpu", weights_only=True)
        there = json.loads(kept["setup"])
        differing = [name for name in self._setup if there.get(name) != self._setup[name]]
        if differing:
            told = (f"{n} {there.get(n)}, not {self._setup[n]}" for n in differing)
            raise OtherTraining(self.path.parent, f"is an unfinished training of {', '.join(told)}")
        torch.set_rng_state(kept["chance"])
        torch.cuda.set_rng_state_all(kept["gpu_chance"])
        return State(**kept["state"]), kept["weights"], kept["optimizer"]
