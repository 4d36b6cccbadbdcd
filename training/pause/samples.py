"""The rows that either stage of pause training learns from. Knows no torch."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from training.pairs import Pair
from training.pause.rows import appended, inserted, pretraining_targets
from training.pause.settings import PretrainConfig
from training.sft.samples import Encodes
from training.tuning.rows import Row, Rows, parted


@dataclass(frozen=True, slots=True)
class Paused:
    """Encodes pairs with M pauses before what is learnt of them.

    Attributes:
        encoder: encodes them without.
        pauses: M.
        pause: the token.
    """

    encoder: Encodes
    pauses: int
    pause: int

    def encode(self, pair: Pair) -> Row:
        """Return a pair's tokens: those that are served, and then the targets."""
        row = self.encoder.encode(pair)
        first = row.targets.index(True)
        ids, targets = appended(row.ids[:first], self.pauses, row.ids[first:], self.pause)
        return Row(tuple(ids), tuple(targets))


def pretraining(packed: Iterable[Sequence[int]], pause: int, settings: PretrainConfig) -> Rows:
    """Return rows of text with pauses among them, at other places in every pass.

    A row held out has them at the same places always, so that its loss can be compared.
    """
    plain = parted(
        ((str(number), _row(ids, pause)) for number, ids in enumerate(packed)),
        settings.length,
        settings.validation,
        settings.seed,
    )

    def paused(rows: Sequence[Row], when: str) -> tuple[Row, ...]:
        chance = random.Random(f"{settings.seed}.{when}")
        return tuple(_row(inserted(row.ids, pause, chance, settings.share), pause) for row in rows)

    return Rows(
        paused(plain.trained, "0"),
        paused(plain.held_out, "held out"),
        again=lambda number: paused(plain.trained, str(number)),
    )


def _row(ids: Sequence[int], pause: int) -> Row:
    return Row(tuple(ids), tuple(pretraining_targets(ids, pause)))
