"""What a language model is asked: turns, in our own words. Knows no server's JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from pydantic import JsonValue

Role: TypeAlias = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """What to answer: turns, and what the model's chat template is given besides."""

    messages: tuple[Message, ...]
    tools: tuple[Mapping[str, JsonValue], ...] = field(default=(), hash=False)
    template: Mapping[str, JsonValue] = field(default_factory=dict, hash=False)
