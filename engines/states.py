"""A model's hidden states: what its last layer has made of each token, after the final norm.

Knows no server. A small head on them can judge steps; a trainer of one asks for them here too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

from engines.base import Capabilities
from engines.usage import Usage

Vector: TypeAlias = Sequence[float]
"""(d,) numbers."""


@dataclass(frozen=True, slots=True)
class States:
    """The hidden states of (N,) texts, (T, d) of each, and what reading them cost."""

    texts: tuple[Sequence[Vector], ...]
    usage: Usage


@runtime_checkable
class ShowsStates(Protocol):
    """An engine whose server may show hidden states: it does if `capabilities.states` is not 0."""

    @property
    def capabilities(self) -> Capabilities:
        """What this engine can do."""
        ...

    async def states(self, texts: Sequence[Sequence[int]], *, request_id: str) -> States:
        """Return the hidden states of (N,) texts, given by their tokens.

        Raises:
            ContextOverflow: one has more than `capabilities.states` tokens.
            Unsupported: the server shows none.
            EngineError: the server could not be asked, or its reply made no sense.
        """
        ...
