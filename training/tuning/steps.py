"""The steps of a training, from wherever the last one left off. Needs torch.

Knows the optimizer, its rate and the checkpoint, and not what is learnt.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi
from typing import Literal, Protocol, TypeAlias

import torch
from transformers import PreTrainedModel

from training.tuning.checkpoint import Checkpoint, State, Weights
from training.tuning.progress import Progress, Told

Decay: TypeAlias = Literal["cosine", "linear"]

_LARGEST_GRADIENT = 1.0
"""A longer gradient is cut to this length."""
_LATEST = 0.1


class Pace(Protocol):
    """How weights are changed: AdamW's settings, and how its rate rises and falls.

    Attributes:
        learning_rate: at its highest.
        warmup: share of the steps in which it rises from 0, in a straight line.
        decay: how it falls to 0 afterwards.
        weight_decay: AdamW's.
        betas: AdamW's.
        seed: of chance within the model.
        checkpoint_every: steps between two checkpoints.
    """

    learning_rate: float
    warmup: float
    decay: Decay
    weight_decay: float
    betas: tuple[float, float]
    seed: int
    checkpoint_every: int


@dataclass(frozen=True, slots=True)
class Course:
    """So many steps, if nothing ends them early, at a pace."""

    total: int
    pace: Pace

    def rate(self, step: int) -> float:
        """Return the learning rate in a step: up in a straight line, then down to 0."""
        return self.pace.learning_rate * self._share(step)

    def _share(self, step: int) -> float:
        rising = round(self.pace.warmup * self.total)
        if step < rising:
            return (step + 1) / (rising + 1)
        way = (step - rising) / max(1, self.total - rising)
        return 1 - way if self.pace.decay == "linear" else (1 + cos(pi * way)) / 2


class Steps:
    """Changes the weights of a model that may be changed, a step at a time.

    Args:
        model: is changed.
        course: how.
        checkpoint: where the way so far is kept, and found again.
        told: hears of every step.
    """

    def __init__(
        self, model: PreTrainedModel, course: Course, checkpoint: Checkpoint, told: Told
    ) -> None:
        self._model, self._course, self._checkpoint = model, course, checkpoint
        self._told = told
        self._trained = {n: p for n, p in model.named_parameters() if p.requires_grad}
        self._optimizer = torch.optim.AdamW(
            self._trained.values(), betas=course.pace.betas, weight_decay=course.pace.weight_decay
        )
        self.state = State()

    def begin(self) -> None:
        """Begin with the seed, or where the checkpoint is."""
        torch.manual_seed(self._course.pace.seed)
        kept = self._checkpoint.load()
        if kept is not None:
            self.state, weights, optimizer = kept
            self.put(weights)
            self._optimizer.load_state_dict(optimizer)

    @property
    def left(self) -> bool:
        """Whether there are steps to do."""
        return self.state.step < self._course.total

    def take(self, learn: Callable[[], float]) -> None:
        """Do a step: `learn` leaves the gradients of a loss, and returns it."""
        for group in self._optimizer.param_groups:
            group["lr"] = self._course.rate(self.state.step)
        self._model.train()
        self._optimizer.zero_grad()
        now = learn()
        torch.nn.utils.clip_grad_norm_(self._trained.values(), _LARGEST_GRADIENT)
        self._optimizer.step()
        before = self.state.loss
        self.state.loss = now if before is None else before + _LATEST * (now - before)
        self.state.step += 1

    def close(self) -> None:
        """End a step: save if it is time, and tell; an interruption saves too."""
        if self.state.step % self._course.pace.checkpoint_every == 0:
            self.save()
        checked = self.state.checks[-1][1] if self.state.checks else None
        done, total = self.state.step, self._course.total
        try:
            self._told(Progress("training", done, total, self.state.loss, checked))
        except KeyboardInterrupt:
            self.save()
            raise

    def save(self) -> None:
        """Keep where the training stands."""
        self._checkpoint.save(self.state, self.weights(), self._optimizer.state_dict())

    def weights(self) -> Weights:
        """Return the weights that are changed, as they are now; the next step changes them."""
        return {name: weight.detach() for name, weight in self._trained.items()}

    def put(self, weights: Weights) -> None:
        """Set the weights that are changed."""
        with torch.no_grad():
            for name, weight in self._trained.items():
                weight.copy_(weights[name])
