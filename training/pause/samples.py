"""The rows that either stage of pause training learns from. Knows no torch."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from training.pause.rows import appended, inserted, pretraining_targets
from training.pause.settings import FinetuneConfig, PretrainConfig
from training.tuning.rows import Row, Rows, parted


@dataclass(frozen=True, slots=True)
class Turn:
    """A question, all that stands before its response as ids, and the response with its end."""

    question: str
    prefix: Sequence[int]
    target: Sequence[int]


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


def finetuning(
    turns: Iterable[Turn], pause: int, settings: FinetuneConfig, context: int | None = None
) -> Rows:
    """Return rows of prompts, pauses and responses, of which the responses are learnt.

    Args:
        turns: to learn from.
        pause: the token.
        settings: how many pauses, and the longest row, its pauses included.
        context: the model's, which no row may exceed either.
    """
    rows = (
        (turn.question, _of_turn(turn, pause, settings.pauses)) for turn in turns if turn.target
    )
    longest = min(settings.max_tokens, context or settings.max_tokens)
    return parted(rows, longest, settings.validation, settings.seed)


def _row(ids: Sequence[int], pause: int) -> Row:
    return Row(tuple(ids), tuple(pretraining_targets(ids, pause)))


def _of_turn(turn: Turn, pause: int, pauses: int) -> Row:
    ids, targets = appended(turn.prefix, pauses, turn.target, pause)
    return Row(tuple(ids), tuple(targets))
