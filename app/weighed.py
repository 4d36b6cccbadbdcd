"""An answer as a stream has it where log-probabilities are asked for: token by token."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from app.completion import Head, call_deltas, pieces
from engines.drawn import Drawn, pieces_of

Weighed: TypeAlias = tuple[dict[str, Any], dict[str, Any] | None]
"""A piece of a message, and the log-probabilities of its tokens."""


def weighed(message: Mapping[str, Any], tokens: Sequence[Drawn], head: Head) -> Iterator[Weighed]:
    """Give a message in pieces: thinking, words with their tokens, and calls."""
    for text in pieces(message.get("reasoning") or ""):
        yield {"reasoning": text}, None
    offset = 0
    for piece in pieces_of(message["content"] or "", tokens):
        yield {"content": piece.text}, head.logprobs(piece.tokens, offset)
        offset += len(piece.text)
    for delta in call_deltas(message.get("tool_calls", ())):
        yield delta, None
