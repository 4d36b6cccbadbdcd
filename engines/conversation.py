"""What a language model is asked: turns, in our own words. Knows no server's JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from pydantic import JsonValue

Role: TypeAlias = Literal["system", "user", "assistant", "tool"]


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
class Message:
    """One turn of a conversation.

    An assistant's may hold calls of tools, beside what it says or alone; a tool's is the result
    of the call with the id `tool_call_id`.
    """

    role: Role
    content: str
    tool_calls: tuple[PastCall, ...] = ()
    tool_call_id: str | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """What to answer: turns, and what the model's chat template is given besides."""

    messages: tuple[Message, ...]
    tools: tuple[Mapping[str, JsonValue], ...] = field(default=(), hash=False)
    template: Mapping[str, JsonValue] = field(default_factory=dict, hash=False)
