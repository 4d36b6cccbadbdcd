"""How large a request may be, whoever asks."""

from pydantic import BaseModel, ConfigDict, Field

from app.keys.errors import StrategyTooLarge, TooManyMessages, TooManySamples
from search.strategies.base import Strategy

_UPLOADS = "/v1/files"


class Caps(BaseModel):
    """How large a request may be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    body_bytes: int = Field(default=4_000_000, ge=1, description="of a body")
    upload_bytes: int = Field(
        default=200_000_000, ge=1, description="of a body with a file, `POST /v1/files`"
    )
    messages: int = Field(default=1024, ge=1, description="in a conversation")
    solutions: int = Field(default=1024, ge=1, description="that a strategy draws at least")
    samples: int = Field(default=256, ge=1, description="that are scored by one request")

    def bytes_at(self, path: str) -> int:
        """Return how many bytes a body at this path may have."""
        return self.upload_bytes if path == _UPLOADS else self.body_bytes

    def check(self, messages: int, strategy: Strategy) -> None:
        """Return if a search may be that large.

        Raises:
            TooManyMessages: the conversation is longer.
            StrategyTooLarge: the strategy draws more, at once or in the end.
        """
        if messages > self.messages:
            raise TooManyMessages(messages, self.messages)
        solutions = max(strategy.at_once, strategy.solutions)
        if solutions > self.solutions:
            raise StrategyTooLarge(strategy.kind, solutions, self.solutions)

    def check_samples(self, samples: int) -> None:
        """Return if a request may have so many samples scored.

        Raises:
            TooManySamples: it may not.
        """
        if samples > self.samples:
            raise TooManySamples(samples, self.samples)
