"""An engine whose tokens' price can be changed while it is used."""

from collections.abc import Sequence
from dataclasses import replace

from typing_extensions import override

from engines.base import Capabilities, Engine, Generation, Likelihoods, Listener, Request
from engines.price import Price
from engines.prompt_logprobs import PromptLogprobs
from engines.states import States
from engines.usage import Usage
from engines.wrapped import Wrapped


class Priced(Wrapped):
    """An engine as it is, but for the money on its bills.

    A call costs what it did when it was made, so that what was held for it beforehand is enough.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._able = engine.capabilities

    @property
    @override
    def capabilities(self) -> Capabilities:
        """What the engine can do, and what its tokens cost now."""
        return self._able

    def set_price(self, price: Price | None) -> None:
        """Have calls from now on cost this; `None` if it is unknown."""
        self._able = replace(self._able, price=price)

    @override
    async def generate(self, request: Request, listen: Listener | None = None) -> Generation:
        """Draw samples."""
        able = self._able
        drawn = await super().generate(request, listen)
        return replace(drawn, usage=_billed(able, drawn.usage))

    @override
    async def likelihoods(self, request: Request, labels: tuple[str, ...]) -> Likelihoods:
        """Ask how likely labels are as the next token."""
        able = self._able
        told = await super().likelihoods(request, labels)
        return replace(told, usage=_billed(able, told.usage))

    @override
    async def states(self, texts: Sequence[Sequence[int]], *, request_id: str) -> States:
        """Return the hidden states of texts."""
        able = self._able
        read = await super().states(texts, request_id=request_id)
        return replace(read, usage=_billed(able, read.usage))

    @override
    async def prompt_logprobs(
        self, texts: Sequence[Sequence[int]], *, request_id: str
    ) -> PromptLogprobs:
        """Return the log-probabilities of texts."""
        able = self._able
        read = await super().prompt_logprobs(texts, request_id=request_id)
        return replace(read, usage=_billed(able, read.usage))


def _billed(able: Capabilities, usage: Usage) -> Usage:
    """Return a bill with the money that its tokens cost by the price now known."""
    known = able.bill(usage.prompt_tokens, usage.cached_tokens, usage.completion_tokens)
    return replace(usage, cost=known.cost)
