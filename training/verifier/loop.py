"""What is done in the steps of a verifier's training, and when they end. Needs torch.

The loss is the cross-entropy with the targets, which for two classes is the binary one with a soft
label: arXiv:2408.03314, appendix D.
"""

from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import PreTrainedModel

from training.tuning.batches import batches, epoch
from training.tuning.checkpoint import Checkpoint, State
from training.tuning.models import logits
from training.tuning.progress import Told
from training.tuning.steps import Course, Steps
from training.verifier.config import TrainConfig
from training.verifier.data import Data
from training.verifier.targets import Item


class Loop:
    """Trains a model, and keeps the weights that do best on those held out.

    Args:
        model: is changed.
        data: to learn from, and to check on; without any to check on, the last weights are kept.
        config: how.
        checkpoint: where the way so far is kept, and found again.
        told: hears of every step.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        data: Data,
        config: TrainConfig,
        checkpoint: Checkpoint,
        told: Told,
    ) -> None:
        self._model = model
        self._items = [sample.item for sample in data.trained]
        self._held_out = [sample.item for sample in data.held_out]
        self._config = config
        self._lengths = [len(item.ids) for item in self._items]
        self._epoch = lru_cache(maxsize=1)(self._drawn)
        self._per_epoch = len(self._epoch(0))
        self.total = self._per_epoch * config.passes
        self._steps = Steps(model, Course(self.total, config), checkpoint, told)

    def run(self) -> None:
        """Go on to the end, or until the held-out loss has not fallen for too long."""
        self._steps.begin()
        while self._steps.left and not self.stopped:
            self._steps.take(self._learn)
            if self.state.step % self._interval == 0 or not self._steps.left:
                self._check()
            self._steps.close()
        if self.state.best is not None:
            self._steps.put(self.state.best)

    @property
    def state(self) -> State:
        """Where the training stands."""
        return self._steps.state

    @property
    def stopped(self) -> bool:
        """Whether the held-out loss has not fallen for too long."""
        return self.state.since >= self._config.patience

    @property
    def best_step(self) -> int:
        """The step whose weights are kept: the best check's, or without checks the last."""
        best = self.state.best_check
        return best[0] if best else self.state.step

    @property
    def _interval(self) -> int:
        return max(1, self._per_epoch // self._config.checks)

    def _learn(self) -> float:
        done, place = divmod(self.state.step, self._per_epoch)
        loss = _loss(self._model, [self._items[i] for i in self._epoch(done)[place]])
        loss.backward()
        return float(loss.item())

    def _check(self) -> None:
        if not self._held_out:
            return
        found = held_out_loss(self._model, self._held_out, self._config.batch_tokens)
        self.state.checks.append((self.state.step, found))
        if self.state.since == 0:
            self.state.best = {n: w.clone() for n, w in self._steps.weights().items()}

    def _drawn(self, number: int) -> list[list[int]]:
        seed = f"{self._config.seed}.{number}"
        return epoch(self._lengths, self._config.batch_tokens, seed)


def held_out_loss(model: PreTrainedModel, items: Sequence[Item], batch_tokens: int) -> float:
    """Return the mean loss of a target, of (N,) items with at least one target together."""
    model.eval()
    total, targets = 0.0, 0
    with torch.inference_mode():
        for batch in batches([len(item.ids) for item in items], batch_tokens):
            chosen = [items[place] for place in batch]
            count = sum(len(item.places) for item in chosen)
            total += _loss(model, chosen).item() * count
            targets += count
    return total / targets


def _loss(model: PreTrainedModel, items: Sequence[Item]) -> Tensor:
    """Return the mean loss of a target of these items."""
    rows = [row for row, item in enumerate(items) for _ in item.places]
    places = [place for item in items for place in item.places]
    targets = [target for item in items for target in item.targets]
    found = logits(model, [item.ids for item in items])[rows, places]
    return cross_entropy(found, torch.tensor(targets, device=found.device))
