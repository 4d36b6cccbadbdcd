"""An engine around another one, for those that change something of it."""

from collections.abc import Sequence

from engines.base import Capabilities, Engine, Generation, Likelihoods, Listener, Prompt, Request
from engines.conversation import Conversation
from engines.prompt_logprobs import PromptLogprobs, ReadsPrompts
from engines.states import ShowsStates, States


class Wrapped:
    """Does all as the engine inside does; see `Engine`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def capabilities(self) -> Capabilities:
        """What the engine can do."""
        return self._engine.capabilities

    async def render(self, conversation: Conversation) -> Prompt:
        """Put a conversation through the model's chat template."""
        return await self._engine.render(conversation)

    async def tokenize(self, text: str) -> tuple[int, ...] | None:
        """Return the tokens of a text."""
        return await self._engine.tokenize(text)

    async def generate(self, request: Request, listen: Listener | None = None) -> Generation:
        """Draw samples."""
        return await self._engine.generate(request, listen)

    async def likelihoods(self, request: Request, labels: tuple[str, ...]) -> Likelihoods:
        """Ask how likely labels are as the next token."""
        return await self._engine.likelihoods(request, labels)

    async def states(self, texts: Sequence[Sequence[int]], *, request_id: str) -> States:
        """Return the hidden states of texts, where `capabilities.states` says that there are."""
        assert isinstance(self._engine, ShowsStates)
        return await self._engine.states(texts, request_id=request_id)

    async def prompt_logprobs(
        self, texts: Sequence[Sequence[int]], *, request_id: str
    ) -> PromptLogprobs:
        """Return the log-probabilities of texts, where `capabilities.prompt_logprobs` allows it."""
        assert isinstance(self._engine, ReadsPrompts)
        return await self._engine.prompt_logprobs(texts, request_id=request_id)

    async def health(self) -> None:
        """Return if the server can answer now."""
        await self._engine.health()
