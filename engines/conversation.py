"""What a language model is asked: turns, in our own words. Knows no server's JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from pydantic import JsonValue

Role: TypeAlias = Literal["system", "user", "assistant", "tool"]
Images: TypeAlias = Literal["none", "data", "any"]
"""Which images a model is shown: none, those that come as data, or those on the web, too."""
Raw: TypeAlias = str | tuple[int, ...]
"""What a model is to continue as it is: a text, or tokens."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function the model wants called: its name, and its arguments as a JSON object's text."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class PastCall:
    """A call in an earlier turn, under the `id` its result answers to."""

    id: str
    call: ToolCall


@dataclass(frozen=True, slots=True)
class Image:
    """An image, in front of the character `at` of its turn; `detail` as OpenAI has it."""

    at: int
    url: str
    detail: Literal["auto", "low", "high"] | None = None

    @property
    def remote(self) -> bool:
        """Whether it is somewhere else, and whoever reads it has to fetch it."""
        return not self.url.startswith("data:")


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation.

    An assistant's may hold calls of tools, beside what it says or alone; a tool's is the result
    of the call with the id `tool_call_id`. `images` stand in the order of their places.
    """

    role: Role
    content: str
    tool_calls: tuple[PastCall, ...] = ()
    tool_call_id: str | None = None
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """What to answer: turns, and what the model's chat template is given besides.

    What is `raw` is read as it is, without a template: `messages` then only tell those who judge
    what it says.
    """

    messages: tuple[Message, ...]
    tools: tuple[Mapping[str, JsonValue], ...] = field(default=(), hash=False)
    template: Mapping[str, JsonValue] = field(default_factory=dict, hash=False)
    raw: Raw | None = None

    @property
    def images(self) -> tuple[Image, ...]:
        """All images in it."""
        return tuple(image for message in self.messages for image in message.images)
