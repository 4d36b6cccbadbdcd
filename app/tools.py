"""Tools on the wire: those offered, how they may be called, and the calls of earlier turns."""

import json
from collections.abc import Sequence
from itertools import islice
from typing import Annotated, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    JsonValue,
    WithJsonSchema,
    field_validator,
)

from app.body import Body, compact
from engines.conversation import Message, PastCall, ToolCall
from scorers.structured import BadSchema, check_schema, nodes

Name: TypeAlias = Annotated[str, Field(pattern="^[a-zA-Z0-9_-]{1,64}$")]
_NOTHING: dict[str, JsonValue] = {"type": "object", "properties": {}, "additionalProperties": False}
TOOLS_BYTES = 262_144
"""The longest list of tools taken, as JSON."""
TOOLS_NODES = 2_000
"""Objects and lists in it, at most: checking each takes a third of a millisecond, once."""


class Function(Body):
    """A function the model may call; its arguments are held to the schema, `strict` or not."""

    name: Name
    description: str | None = None
    parameters: dict[str, JsonValue] = _NOTHING
    strict: bool = False

    @field_validator("parameters")
    @classmethod
    def _usable(cls, parameters: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if parameters.get("type", "object") != "object" or "$id" in parameters:
            raise BadSchema("a function's parameters are of the type `object`, without an `$id`")
        if any("$anchor" in node for node in nodes(parameters)):
            raise BadSchema("a function's parameters are without an `$anchor`")
        check_schema(compact(parameters))
        return parameters if "type" in parameters else {"type": "object", **parameters}


class Tool(Body):
    """A tool; other types than functions are refused."""

    type: Literal["function"]
    function: Function

    def fields(self) -> dict[str, JsonValue]:
        """Return it as chat templates know it."""
        function = self.function.model_dump(exclude_none=True, exclude={"strict"})
        return {"type": "function", "function": function}


def bounded(value: JsonValue) -> JsonValue:
    """Return tools that do not take long to check; for before they are checked.

    Raises:
        BadSchema: they are nested too deeply, or too many.
    """
    try:
        small = len(json.dumps(value)) <= TOOLS_BYTES
        few = len(list(islice(nodes(value), TOOLS_NODES + 1))) <= TOOLS_NODES
    except RecursionError as error:
        raise BadSchema("the tools are nested too deeply") from error
    if not small or not few:
        raise BadSchema(
            f"the tools have more than {TOOLS_BYTES} bytes or {TOOLS_NODES} objects and lists"
        )
    return value


def _apart(tools: list[Tool]) -> list[Tool]:
    names = [tool.function.name for tool in tools]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise ValueError(f"there are two tools {name!r}")
    return tools


Tools: TypeAlias = Annotated[
    list[Tool], Field(max_length=128), BeforeValidator(bounded), AfterValidator(_apart)
]


class _Named(Body):
    name: str


class Choice(Body):
    """How tools may be called: by a word, or one function by its name."""

    type: Literal["none", "auto", "required", "function"]
    function: _Named | None = None

    @property
    def only(self) -> str | None:
        """The one function that must be called, if one must."""
        return self.function.name if self.function else None


def _normal(value: object) -> object:
    if isinstance(value, str) and value in ("none", "auto", "required"):
        return {"type": value}
    given = value if isinstance(value, dict) else {}
    if given.get("type") != "function" or given.get("function") is None:
        raise ValueError("it is none, auto, required, or a function by its name")
    return value


_NAMED: dict[str, JsonValue] = {
    "type": "object",
    "properties": {
        "type": {"const": "function"},
        "function": {
            "type": "object",
            "properties": {"name": {"type": "string"}},
            "required": ["name"],
        },
    },
    "required": ["type", "function"],
}
ToolChoiceField: TypeAlias = Annotated[
    Choice,
    BeforeValidator(_normal),
    WithJsonSchema({"anyOf": [{"enum": ["none", "auto", "required"]}, _NAMED]}),
]


def check_choice(choice: Choice, tools: Sequence[Tool]) -> None:
    """Return if the tools can be called so.

    Raises:
        ValueError: there are none, or not the one that is named.
    """
    names = [tool.function.name for tool in tools]
    if choice.type == "required" and not names:
        raise ValueError("calls are required, and there are no `tools`")
    if choice.only is not None and choice.only not in names:
        raise ValueError(f"there is no tool {choice.only!r} among the `tools`")


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


def _an_object(arguments: str) -> str:
    try:
        value = json.loads(arguments or "{}", parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("it is not a JSON object")  # noqa: TRY004 - pydantic's kind of error
    return arguments or "{}"


Arguments: TypeAlias = Annotated[str, AfterValidator(_an_object)]
"""Of an earlier call: a JSON object, as text."""


class _PastFunction(Body):
    name: Name
    arguments: Arguments


class CallPart(Body):
    """A call in an earlier turn of the assistant's; other types than functions are refused."""

    id: Annotated[str, Field(min_length=1)]
    type: Literal["function"] = "function"
    function: _PastFunction

    def call(self) -> PastCall:
        """Return it in the engine's words."""
        return PastCall(self.id, ToolCall(self.function.name, self.function.arguments))


def check_results(messages: Sequence[Message]) -> None:
    """Return if every result of a tool answers a call of an earlier turn.

    Raises:
        ValueError: one does not.
    """
    known: set[str] = set()
    for place, message in enumerate(messages):
        known |= {past.id for past in message.tool_calls}
        if message.role == "tool" and message.tool_call_id not in known:
            raise ValueError(
                f"message {place} has the `tool_call_id` {message.tool_call_id!r}, "
                "which no call before it has"
            )
