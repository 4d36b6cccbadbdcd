"""What a pause-trained model reads and learns, as ids of tokens; arXiv:2310.02226, section 3.

Knows no model and no tokenizer. Of every row it says which of its tokens are learnt: token k is
learnt from all before it, so that the first of a row never is. A pause is read, and never learnt.
"""

import random
from collections.abc import Sequence
from decimal import Decimal

SHARE = 0.1
"""Pauses inserted while pre-training, per token of the row; section 4.1."""


def inserted(ids: Sequence[int], pause: int, rng: random.Random, share: float = SHARE) -> list[int]:
    """Insert pauses at random places of a row, and trim it to the length it had.

    Every set of places is equally likely, the first and the last included. The number inserted is
    rounded down, 204 for 2048 tokens; of them, those trimmed at the end are lost like tokens are.

    Raises:
        ValueError: the share is negative.
    """
    pauses = number_inserted(len(ids), share)
    places = set(rng.sample(range(len(ids) + pauses), pauses))
    rest = iter(ids)
    return [pause if place in places else next(rest) for place in range(len(ids))]


def number_inserted(length: int, share: float = SHARE) -> int:
    """Return how many pauses a row of so many tokens is given, before it is trimmed.

    Raises:
        ValueError: the share is negative.
    """
    if share < 0:
        raise ValueError(f"the share of pauses is {share}, which is negative")
    # As it is written: in binary, 0.29 of 100 would be 28.
    return int(Decimal(str(share)) * length)


def pretraining_targets(ids: Sequence[int], pause: int) -> list[bool]:
    """Return of each token of a row, (L,), whether it is learnt: all but pauses and the first.

    What follows a pause is learnt from it. The paper ignores a position k whose next token is a
    pause; that is this list, one place on.
    """
    return [place > 0 and token != pause for place, token in enumerate(ids)]


def appended(
    prefix: Sequence[int], pauses: int, target: Sequence[int], pause: int
) -> tuple[list[int], list[bool]]:
    """Return a prefix, M pauses and its target as one row, (L,), and which of it is learnt: (L,).

    The target alone is learnt, and its first token from the last pause; of the pauses before that
    nothing is, nor a pause that the target itself has. Without pauses this is the row of plain
    fine-tuning.

    Raises:
        ValueError: the pauses are fewer than none.
    """
    if pauses < 0:
        raise ValueError(f"{pauses} pauses cannot be appended")
    read = [*prefix, *[pause] * pauses]
    learnt = [bool(read or place) and token != pause for place, token in enumerate(target)]
    return [*read, *target], [*[False] * len(read), *learnt]
