"""What a request asks of single tokens: their log-probabilities, and a bias on them."""

from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field

MOST_BIASES = 1024
"""Tokens that a request may put a bias on."""
Bias: TypeAlias = Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)]


def _ids(biases: dict[str, float]) -> dict[str, float]:
    for token in biases:
        if not (token.isascii() and token.isdigit() and len(token) < 10):  # noqa: PLR2004
            raise ValueError(f"{token[:20]!r} is no token: they are named by their numbers")
    if len({int(token) for token in biases}) < len(biases):
        raise ValueError("a token has two biases")
    return biases


LogitBias: TypeAlias = Annotated[
    dict[str, Bias],
    Field(max_length=MOST_BIASES, description="token numbers, and what is added to their logits"),
    AfterValidator(_ids),
]
"""A bias of -100 bans a token, one of 100 has hardly any other drawn."""


def biases_of(asked: dict[str, float]) -> tuple[tuple[int, float], ...]:
    """Return a bias in the engine's words."""
    return tuple((int(token), bias) for token, bias in asked.items() if bias)
