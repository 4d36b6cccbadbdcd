"""Scores as JSON: what is written of a pair, and read again."""

from math import isfinite

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from engines.base import Usage
from training.recycle.scores import Missing, Scores


class LossRow(TypedDict):
    """Means of -log p, in nats a token; null is one that was not computed."""

    response_given_instruction: float | None
    response: float | None
    instruction_given_response: float | None
    instruction: float | None


class ScoreRow(TypedDict):
    """A pair's scores; one that could not be computed is null, and `_missing` says why."""

    ifd: float | None
    r_ifd: float | None
    ifd_missing: Missing | None
    r_ifd_missing: Missing | None
    instruction_tokens: int
    response_tokens: int
    cut: bool
    losses: LossRow


class SampleRow(ScoreRow):
    """The same of the pair at a place of a file, from 0, with what it cost."""

    index: int
    usage: Usage


SAMPLE = TypeAdapter(SampleRow)
"""Writes and reads a line."""


def row_of(scores: Scores) -> ScoreRow:
    """Return scores as JSON has them."""
    losses = scores.losses
    return {
        "ifd": _number(scores.ifd),
        "r_ifd": _number(scores.r_ifd),
        "ifd_missing": scores.ifd_missing,
        "r_ifd_missing": scores.r_ifd_missing,
        "instruction_tokens": scores.instruction_tokens,
        "response_tokens": scores.response_tokens,
        "cut": scores.cut,
        "losses": {
            "response_given_instruction": _number(losses.response_given_instruction),
            "response": _number(losses.response),
            "instruction_given_response": _number(losses.instruction_given_response),
            "instruction": _number(losses.instruction),
        },
    }


def sample_row(index: int, scores: Scores) -> SampleRow:
    """Return the scores of the pair at a place."""
    return {"index": index, **row_of(scores), "usage": scores.usage}


def _number(value: float) -> float | None:
    return value if isfinite(value) else None
