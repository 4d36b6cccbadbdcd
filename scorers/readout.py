"""From the numbers that a reward model's server gives to rewards in [0, 1]. No I/O.

A row of classes holds probabilities, or the logits of them; which class is "right" the model's
maker says. A value is unbounded, and the logistic function keeps its order.
"""

from collections.abc import Sequence
from math import exp
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from scorers.base import ScorerUnavailable

Readout: TypeAlias = Literal["classes", "value"]
"""What a row holds: a probability or a logit of each class, or one number without bounds."""

Column: TypeAlias = Annotated[int, Field(ge=0)]
Columns: TypeAlias = Column | Annotated[frozenset[Column], Field(min_length=1)]
"""The column of classes that says "right", or several that say it together."""

_ROUNDING = 1e-3


def are_logits(texts: Sequence[Sequence[Sequence[float]]]) -> bool:
    """Say whether the (R, C) rows of (N,) texts cannot be probabilities, so that all are logits.

    Probabilities lie in [0, 1], and the columns of a row add up to 1. A server that gave one row of
    logits gives no others, so that one scale holds for all that are compared. Of a single column
    that cannot be said: one logit in [0, 1] looks like a probability.
    """
    return not all(len(row) == 1 or _normalised(row) for rows in texts for row in rows)


def probabilities(
    texts: Sequence[Sequence[Sequence[float]]], positive: Columns, *, logits: bool
) -> list[tuple[float, ...]]:
    """Return P(right) of each of the (R, C) rows of (N,) texts.

    Args:
        texts: the rows of each text; every row has its C columns.
        positive: the columns that say "right", if there are several.
        logits: whether rows of several columns are not probabilities yet.

    Raises:
        ScorerUnavailable: there is no such column, or a single one is no probability.
    """
    right = frozenset((positive,)) if isinstance(positive, int) else positive
    return [tuple(_probability(row, right, logits=logits) for row in rows) for rows in texts]


def logistics(
    texts: Sequence[Sequence[Sequence[float]]], *, scale: float = 1.0
) -> list[tuple[float, ...]]:
    """Return the logistic function of the one value in each of the (R, 1) rows of (N,) texts.

    Args:
        texts: the rows of each text.
        scale: what a value is divided by. Beyond 36 scales from zero values are no longer told
            apart.

    Raises:
        ScorerUnavailable: a row has more than one column.
    """
    for row in (row for rows in texts for row in rows):
        if len(row) != 1:
            raise ScorerUnavailable(
                f"rows have {len(row)} columns, not one value: set `readout` to classes"
            )
    return [tuple(logistic(row[0] / scale) for row in rows) for rows in texts]


def logistic(value: float) -> float:
    """Return 1 / (1 + exp(-value)), for any finite value."""
    if value >= 0:
        return 1 / (1 + exp(-value))
    odds = exp(value)
    return odds / (1 + odds)


def _normalised(row: Sequence[float]) -> bool:
    return all(map(_inside, row)) and abs(sum(row) - 1) <= _ROUNDING


def _inside(number: float) -> bool:
    return -_ROUNDING <= number <= 1 + _ROUNDING


def _probability(row: Sequence[float], positive: frozenset[int], *, logits: bool) -> float:
    if len(row) == 1:
        if not _inside(row[0]):
            raise ScorerUnavailable(f"{row[0]:g} is not in [0, 1]: set `readout` to value")
        return min(1.0, max(0.0, row[0]))
    if max(positive) >= len(row):
        raise ScorerUnavailable(
            f"rows have {len(row)} columns: no column {max(positive)}, set `positive`"
        )
    weights = row
    if logits:
        highest = max(row)
        weights = [exp(number - highest) for number in row]
    whole = sum(weights) if logits else 1.0
    return min(1.0, max(0.0, sum(weights[column] for column in positive) / whole))
