"""The steps of a training, from wherever the last one left off. Needs torch.

The loss is the cross-entropy with the targets, which for two classes is the binary one with a soft
label: arXiv:2408.03314, appendix D.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import cos, pi

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import PreTrainedModel

from training.verifier.batches import batches, epoch
from training.verifier.checkpoint import Checkpoint, State, Weights
from training.verifier.config import TrainConfig
from training.verifier.data import Data
from training.verifier.model import logits
from training.verifier.progress import Progress, Told
from training.verifier.targets import Item

_LARGEST_GRADIENT = 1.0
"""A longer gradient is cut to this length."""
_LATEST = 0.1


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
        self._config, self._checkpoint, self._told = config, checkpoint, told
        self._trained = {n: p for n, p in model.named_parameters() if p.requires_grad}
        self._optimizer = torch.optim.AdamW(
            self._trained.values(), betas=config.betas, weight_decay=config.weight_decay
        )
        self._lengths = [len(item.ids) for item in self._items]
        self._epoch = lru_cache(maxsize=1)(self._drawn)
        self._per_epoch = len(self._epoch(0))
        self.total = self._per_epoch * config.passes
        self.state = State()

    def run(self) -> None:
        """Go on to the end, or until the held-out loss has not fallen for too long."""
        torch.manual_seed(self._config.seed)
        self._resume()
        while self.state.step < self.total and not self.stopped:
            self._step()
            if self.state.step % self._interval == 0 or self.state.step == self.total:
                self._check()
            if self.state.step % self._config.checkpoint_every == 0:
                self._save()
            self._tell()
        if self.state.best is not None:
            self._put(self.state.best)

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

    def _step(self) -> None:
        done, place = divmod(self.state.step, self._per_epoch)
        rate = self._config.learning_rate * pace(self.state.step, self.total, self._config)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._model.train()
        loss = _loss(self._model, [self._items[i] for i in self._epoch(done)[place]])
        self._optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._trained.values(), _LARGEST_GRADIENT)
        self._optimizer.step()
        now, before = loss.item(), self.state.loss
        self.state.loss = now if before is None else before + _LATEST * (now - before)
        self.state.step += 1

    def _check(self) -> None:
        if not self._held_out:
            return
        found = held_out_loss(self._model, self._held_out, self._config.batch_tokens)
        self.state.checks.append((self.state.step, found))
        if self.state.since == 0:
            self.state.best = {n: w.clone() for n, w in self._weights().items()}

    def _tell(self) -> None:
        checked = self.state.checks[-1][1] if self.state.checks else None
        try:
            self._told(Progress("training", self.state.step, self.total, self.state.loss, checked))
        except KeyboardInterrupt:
            self._save()
            raise

    def _save(self) -> None:
        self._checkpoint.save(self.state, self._weights(), self._optimizer.state_dict())

    def _resume(self) -> None:
        kept = self._checkpoint.load()
        if kept is not None:
            self.state, weights, optimizer = kept
            self._put(weights)
            self._optimizer.load_state_dict(optimizer)

    def _weights(self) -> Weights:
        return {name: weight.detach() for name, weight in self._trained.items()}

    def _put(self, weights: Weights) -> None:
        with torch.no_grad():
            for name, weight in self._trained.items():
                weight.copy_(weights[name])

    def _drawn(self, number: int) -> list[list[int]]:
        seed = f"{self._config.seed}.{number}"
        return epoch(self._lengths, self._config.batch_tokens, seed)


def pace(step: int, total: int, config: TrainConfig) -> float:
    """Return the share of the learning rate in a step: up in a straight line, then down to 0."""
    rising = round(config.warmup * total)
    if step < rising:
        return (step + 1) / (rising + 1)
    way = (step - rising) / max(1, total - rising)
    return 1 - way if config.decay == "linear" else (1 + cos(pi * way)) / 2


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
