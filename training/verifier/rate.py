"""Rewards of a trained verifier without a server, as `prm_pooling` would give them. Needs torch."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import PreTrainedModel

from scorers.families import Family
from scorers.readout import probabilities
from training.examples import Example
from training.tuning.batches import batches
from training.tuning.models import logits
from training.tuning.report import RECORD
from training.verifier.errors import NotTrained
from training.verifier.model import opened
from training.verifier.reading import Reader, Reading, family_of

_BATCH_TOKENS = 16_384


@dataclass(frozen=True, slots=True)
class Rater:
    """A verifier, and how it is written for and read."""

    model: PreTrainedModel
    reader: Reader
    family: Family

    def rate(
        self,
        readings: Sequence[Reading],
        told: Callable[[int], None] = lambda _: None,
        *,
        tokens: int = _BATCH_TOKENS,
    ) -> list[tuple[float, ...]]:
        """Return the (S,) rewards of the steps of each of (N,) readings; none of an empty one.

        `told` hears how many were rated at once, which have so many `tokens` at the most.
        """
        self.model.eval()
        found: list[tuple[float, ...]] = [()] * len(readings)
        for batch in batches([len(reading.ids) for reading in readings], tokens):
            for place, rewards in zip(
                batch, self._batch([readings[i] for i in batch]), strict=True
            ):
                found[place] = rewards
            told(len(batch))
        return found

    def _batch(self, readings: Sequence[Reading]) -> Iterator[tuple[float, ...]]:
        with torch.inference_mode():
            rated = logits(self.model, [reading.ids for reading in readings]).cpu()
        rows = [rated[i, list(one.ends)].tolist() for i, one in enumerate(readings)]
        right = probabilities(rows, self.family.positive, logits=True)
        for reading, pieces in zip(readings, right, strict=True):
            yield reading.rewards(pieces, self.family.aggregation)


def rate(
    directory: Path, examples: Iterable[Example], device: str = "auto"
) -> list[tuple[float, ...]]:
    """Return the (S,) rewards of the steps of each example, by the verifier in a directory.

    They are those that `prm_pooling` gives, configured as the directory says, to finished solutions
    of these steps. A solution without text has none. How long a solution is does not matter here;
    a server cuts what is beyond its model's context.

    Raises:
        TrainError: it is no verifier, or cannot tell where an example's steps end.
    """
    rater = opened_rater(directory, device)
    return rater.rate([rater.reader.read(example) for example in examples])


def opened_rater(directory: Path, device: str = "auto") -> Rater:
    """Read a verifier, and how it is to be read, from its directory.

    Raises:
        TrainError: it is not one.
    """
    try:
        record = json.loads((directory / RECORD).read_text(encoding="utf-8"))
        family = family_of(record["scorer"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotTrained(directory, str(error)) from error
    base = opened(directory, device)
    return Rater(base.model, Reader(family.layout, base.tokenize), family)
