"""Pairs read, encoded, sorted out, and split by instruction. Knows no torch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from training.pairs import Pair
from training.tuning.progress import Progress, Told
from training.tuning.rows import Row, Rows, parted
from training.tuning.settings import TuneConfig

_TOLD_EVERY = 256


class Encodes(Protocol):
    """Makes rows of pairs."""

    def encode(self, pair: Pair) -> Row:
        """Return a pair's tokens, of which those that answer it are targets."""
        ...


@dataclass(frozen=True, slots=True)
class Samples:
    """Rows to learn from and to measure on, and how many pairs had no response to learn."""

    rows: Rows
    pairs: int
    empty: int


def read(
    settings: TuneConfig, pairs: Sequence[Pair], encoder: Encodes, context: int | None, told: Told
) -> Samples:
    """Encode pairs, and leave out those without a response and those that are too long.

    Those of one conversation up to the response are held out together.

    Args:
        settings: say how long a row may be, and what share is held out.
        pairs: the data.
        encoder: the model's.
        context: the most tokens the model reads, if that is known.
        told: hears how many are read.

    Raises:
        BadTemplate: the model's template does not take one of them.
    """
    answered = [pair for pair in pairs if pair.response.strip()]
    longest = min(settings.max_tokens, context or settings.max_tokens)
    rows = parted(_encoded(answered, encoder, told), longest, settings.validation, settings.seed)
    return Samples(rows, len(pairs), len(pairs) - len(answered))


def _encoded(pairs: Sequence[Pair], encoder: Encodes, told: Told) -> Iterator[tuple[str, Row]]:
    for place, pair in enumerate(pairs):
        if place % _TOLD_EVERY == 0:
            told(Progress("reading", place, len(pairs)))
        asked = "\n".join(f"{m.role}: {m.content}" for m in pair.conversation.messages)
        yield asked, encoder.encode(pair)
