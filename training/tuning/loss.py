"""How well a language model knows the targets of rows. Needs torch."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import PreTrainedModel

from training.tuning.batches import batches
from training.tuning.models import logits
from training.tuning.rows import Row


def learn(model: PreTrainedModel, rows: Sequence[Row], tokens: int) -> float:
    """Add the gradient of the mean loss of a target, of (N,) rows together; return the loss.

    So many tokens are computed at once, and only the sum's rounding depends on it.
    """
    targets, total = _number(rows), 0.0
    for part in _parts(rows, tokens):
        loss = _sum(model, part) / targets
        loss.backward()
        total += loss.item()
    return total


def mean_loss(model: PreTrainedModel, rows: Sequence[Row], tokens: int) -> float:
    """Return the mean loss of a target, in nats, of (N,) rows with at least one together."""
    model.eval()
    with torch.inference_mode():
        total = sum(_sum(model, part).item() for part in _parts(rows, tokens))
    return float(total / _number(rows))


def _number(rows: Sequence[Row]) -> int:
    return sum(sum(row.targets) for row in rows)


def _parts(rows: Sequence[Row], tokens: int) -> Iterator[list[Row]]:
    for batch in batches([len(row.ids) for row in rows], tokens):
        yield [rows[place] for place in batch]


def _sum(model: PreTrainedModel, rows: Sequence[Row]) -> Tensor:
    """Return the loss of all targets of these rows: each is read off where the one before it is."""
    found = logits(model, [row.ids for row in rows])
    among = [number for number, row in enumerate(rows) for _ in row.places]
    before = [place - 1 for row in rows for place in row.places]
    wanted = [row.ids[place] for row in rows for place in row.places]
    return cross_entropy(
        found[among, before], torch.tensor(wanted, device=found.device), reduction="sum"
    )
