"""How likely a model finds the tokens of texts that are given, each after those before it.

Knows no server. What a text is worth to a student is computed from these (arXiv:2402.10110).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from engines.base import Capabilities
from engines.usage import Usage


@dataclass(frozen=True, slots=True)
class PromptLogprobs:
    """log P of the tokens of (N,) texts, and what reading them cost.

    Of a text of T tokens there are (T - 1,), for nothing is before its first: entry t is log P of
    token t + 1 after tokens 0 to t, in nats.
    """

    texts: tuple[tuple[float, ...], ...]
    usage: Usage


@runtime_checkable
class ReadsPrompts(Protocol):
    """An engine that may tell them: it does if `capabilities.prompt_logprobs` is not 0."""

    @property
    def capabilities(self) -> Capabilities:
        """What this engine can do."""
        ...

    async def prompt_logprobs(
        self, texts: Sequence[Sequence[int]], *, request_id: str
    ) -> PromptLogprobs:
        """Return the log-probabilities of (N,) texts, given by their tokens.

        Raises:
            ContextOverflow: one has more than `capabilities.prompt_logprobs` tokens.
            Unsupported: the server tells none.
            EngineError: the server could not be asked, or its reply made no sense.
        """
        ...
