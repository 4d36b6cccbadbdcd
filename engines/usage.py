"""What calls cost, and what of that is known. Knows no server."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Counted: TypeAlias = frozenset[Literal["flops", "cost"]]
"""Of what tokens cost, the currencies that are known of a server, and so are on the bill."""
FREE: Counted = frozenset({"flops", "cost"})
"""What is known of the cost of what asks no server: that there is none."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What calls cost. FLOPs are 2 x parameters x tokens computed (arXiv:2001.08361, section 2.1).

    `cached_tokens` are those of `prompt_tokens` the server did not compute again; they cost
    nothing. `calls` are requests a server answered, each once in however many parts. `cost` is
    money, by the prices in the configuration.
    """

    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    calls: int = 0
    flops: float = 0.0
    cost: float = 0.0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.cached_tokens + other.cached_tokens,
            self.completion_tokens + other.completion_tokens,
            self.calls + other.calls,
            self.flops + other.flops,
            self.cost + other.cost,
        )
