"""Items of a response's input, as OpenAI's clients write them or got them from us."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field, JsonValue, TypeAdapter

from app.body import Body
from app.tools import Arguments, Name

Status: TypeAlias = Literal["in_progress", "completed", "incomplete"]


def of_type(value: object, kinds: Mapping[str, type[Body]], default: str | None = None) -> object:
    """Return an object as what its `type` says it is, before pydantic comes to the union of all.

    Left to that, the path to a fault would have the type's name in it.

    Raises:
        ValueError: it is no object, or of another type.
    """
    if isinstance(value, Body):
        return value
    kind = value.get("type", default) if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in kinds:
        raise ValueError(f"its `type` is none of those taken here: {', '.join(kinds)}")
    return kinds[kind].model_validate(value)


class InputText(Body):
    """A piece of what is said to the model."""

    type: Literal["input_text"]
    text: str


class OutputText(Body):
    """A piece of what the model said."""

    type: Literal["output_text"]
    text: str
    annotations: list[dict[str, JsonValue]] = Field(default=[], description="taken; not shown")
    logprobs: list[dict[str, JsonValue]] = Field(default=[], description="taken; not shown")


_PARTS: Mapping[str, type[Body]] = {
    "input_text": InputText,
    "output_text": OutputText,
}
Part: TypeAlias = Annotated[
    InputText | OutputText, BeforeValidator(lambda value: of_type(value, _PARTS))
]


def _parts(value: object) -> object:
    return [{"type": "input_text", "text": value}] if isinstance(value, str) else value


class MessageItem(Body):
    """A message of any role; a text alone is one part of it."""

    type: Literal["message"] = "message"
    role: Literal["user", "assistant", "system", "developer"]
    content: Annotated[list[Part], Field(min_length=1), BeforeValidator(_parts)]
    id: str | None = Field(default=None, description="taken; we give our own")
    status: Status | None = None
    phase: Literal["commentary", "final_answer"] | None = None

    def shown(self, name: str) -> dict[str, Any]:
        """Return it as it is listed."""
        if self.role == "assistant":
            parts = [output_text(part.text) for part in self.content]
        else:
            parts = [{"type": "input_text", "text": part.text} for part in self.content]
        return _head("msg", name) | {"type": self.type, "role": self.role, "content": parts}


class CallItem(Body):
    """A call of a function that the model made."""

    type: Literal["function_call"]
    call_id: Annotated[str, Field(min_length=1)]
    name: Name
    arguments: Arguments
    id: str | None = Field(default=None, description="taken; we give our own")
    status: Status | None = None

    def shown(self, name: str) -> dict[str, Any]:
        """Return it as it is listed."""
        told = self.model_dump(include={"type", "call_id", "name", "arguments"})
        return _head("fc", name) | told


class ResultItem(Body):
    """What a function came to."""

    type: Literal["function_call_output"]
    call_id: Annotated[str, Field(min_length=1)]
    output: Annotated[list[Part], BeforeValidator(_parts)]
    name: Name | None = None
    id: str | None = Field(default=None, description="taken; we give our own")
    status: Status | None = None

    @property
    def text(self) -> str:
        """What it came to, in words."""
        return "".join(part.text for part in self.output)

    def shown(self, name: str) -> dict[str, Any]:
        """Return it as it is listed."""
        told = self.model_dump(include={"type", "call_id"})
        return _head("fco", name) | told | {"output": self.text}


class ReasoningItem(Body):
    """How an earlier answer was found; taken, and not shown to the model."""

    type: Literal["reasoning"]
    summary: list[dict[str, JsonValue]] = Field(default=[])
    content: list[dict[str, JsonValue]] = Field(default=[])
    encrypted_content: str | None = None
    id: str | None = Field(default=None, description="taken; we give our own")
    status: Status | None = None

    def shown(self, name: str) -> dict[str, Any]:
        """Return it as it is listed."""
        return _head("rs", name) | self.model_dump(include={"type", "summary"})


Item: TypeAlias = MessageItem | CallItem | ResultItem | ReasoningItem
_ITEMS: Mapping[str, type[Body]] = {
    "message": MessageItem,
    "function_call": CallItem,
    "function_call_output": ResultItem,
    "reasoning": ReasoningItem,
}
AnyItem: TypeAlias = Annotated[
    Item, BeforeValidator(lambda value: of_type(value, _ITEMS, "message"))
]
ITEMS: TypeAdapter[list[Item]] = TypeAdapter(list[AnyItem])
"""Reads items as they were listed, or given out."""


def output_text(text: str) -> dict[str, Any]:
    """Return the part of a message that is said by the model."""
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def id_of(kind: str, name: str) -> str:
    """Return an item's id, the same for the same name."""
    return f"{kind}_{sha256(f'{kind}/{name}'.encode()).hexdigest()[:32]}"


def _head(kind: str, name: str) -> dict[str, Any]:
    return {"id": id_of(kind, name), "status": "completed"}
