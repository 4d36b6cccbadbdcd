"""An engine whose tokens' price can be changed while it is used."""

from collections.abc import Sequence
from dataclasses import replace

from engines.base import (
    Capabilities,
    Engine,
    Generation,
    Likelihoods,
    Listener,
    Prompt,
    Request,
    Usage,
)
from engines.conversation import Conversation
from engines.price import Price
from engines.states import ShowsStates, States


class Priced:
    """An engine as it is, but for the money on its bills; see `Engine`.

    A call costs what it did when it was made, so that what was held for it beforehand is enough.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine, self.capabilities = engine, engine.capabilities

    def set_price(self, price: Price | None) -> None:
        """Have calls from now on cost this; `None` if it is unknown."""
        self.capabilities = replace(self.capabilities, price=price)

    async def render(self, conversation: Conversation) -> Prompt:
        """Put a conversation through the model's chat template."""
        return await self._engine.render(conversation)

    async def tokenize(self, text: str) -> tuple[int, ...] | None:
        """Return the tokens of a text."""
        return await self._engine.tokenize(text)

    async def generate(self, request: Request, listen: Listener | None = None) -> Generation:
        """Draw samples."""
        able = self.capabilities
        drawn = await self._engine.generate(request, listen)
        return replace(drawn, usage=_billed(able, drawn.usage))

    async def likelihoods(self, request: Request, labels: tuple[str, ...]) -> Likelihoods:
        """Ask how likely labels are as the next token."""
        able = self.capabilities
        told = await self._engine.likelihoods(request, labels)
        return replace(told, usage=_billed(able, told.usage))

    async def states(self, texts: Sequence[Sequence[int]], *, request_id: str) -> States:
        """Return the hidden states of texts, where `capabilities.states` says that there are."""
        assert isinstance(self._engine, ShowsStates)
        able = self.capabilities
        read = await self._engine.states(texts, request_id=request_id)
        return replace(read, usage=_billed(able, read.usage))

    async def health(self) -> None:
        """Return if the server can answer now."""
        await self._engine.health()


def _billed(able: Capabilities, usage: Usage) -> Usage:
    """Return a bill with the money that its tokens cost by the price now known."""
    known = able.bill(usage.prompt_tokens, usage.cached_tokens, usage.completion_tokens)
    return replace(usage, cost=known.cost)
