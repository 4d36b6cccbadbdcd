"""Answers that may be calls of tools: which are valid, and which say the same.

Knows tools as OpenAI's JSON has them, each with a JSON Schema of its arguments that must have
passed `check_schema`. How a model writes its calls is `engines.tool_calls`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from engines.tool_calls import Said, read_calls
from scorers.base import Ending
from scorers.structured import JsonForm

_NAMED = ("properties", "$defs", "definitions", "dependentSchemas")
"""Keywords whose fields are names, not keywords."""
_DATA = ("enum", "const", "default", "examples")
"""Keywords that hold no schemas."""


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """How tools may be called.

    Attributes:
        required: whether every answer must be calls.
        only: the one tool that may be called; `None` for any of them.
        parallel: whether an answer may hold several calls.
    """

    required: bool = False
    only: str | None = None
    parallel: bool = True


class ToolForm:
    """What answers to one request with tools must look like."""

    missing = "the answer does not call the tools as it should"

    def __init__(self, tools: Sequence[Mapping[str, JsonValue]], choice: ToolChoice) -> None:
        self._schemas, self._required = _schemas(tools, choice), choice.required
        # By its name each call is checked against one schema only, however many tools there are.
        named: dict[str, JsonValue] = {name: _reference(name) for name in self._schemas}
        self._json = JsonForm(_listed({"properties": named}, self._schemas, choice))
        self._known: dict[str, Said] = {}

    def read(self, text: str) -> Said:
        """Return what an answer says."""
        if text not in self._known:
            self._known[text] = read_calls(text, self._schemas)
        return self._known[text]

    def in_words(self, text: str) -> bool:
        """Whether an answer calls nothing, and need not."""
        said = self.read(text)
        return not (self._required or said.calls or said.broken)

    def canonical(self, text: str) -> str | None:
        """Return the calls of an answer, each as {name: arguments}; `None` if any is invalid."""
        said = self.read(text)
        calls = ",".join(f"{{{json.dumps(call.name)}:{call.arguments}}}" for call in said.calls)
        return self._json.canonical(f"[{calls}]")

    def ending(self, text: str, finish: Ending) -> Ending:
        """Return how an answer ended that ended by `finish`, as far as the engine knows.

        A list of calls that was cut after its last bracket is whole.
        """
        if self.in_words(text):
            return finish
        if self.canonical(text) is None:
            return "length" if finish == "length" else "malformed"
        return "stop" if finish == "length" and text.lstrip().startswith("[") else finish


def calls_schema(tools: Sequence[Mapping[str, JsonValue]], choice: ToolChoice) -> str:
    """Return the schema of a list of calls, as JSON: what answers are held to if they must call."""
    schemas = _schemas(tools, choice)
    return _listed({"anyOf": [_call(name) for name in schemas]}, schemas, choice)


def names_of(tools: Sequence[Mapping[str, JsonValue]]) -> list[str]:
    """Return the names of tools."""
    return [_function(tool)[0] for tool in tools]


def _call(name: str) -> dict[str, JsonValue]:
    return {
        "type": "object",
        "properties": {"name": {"const": name}, "arguments": _reference(name)},
        "required": ["name", "arguments"],
        "additionalProperties": False,
    }


def _reference(name: str) -> dict[str, JsonValue]:
    return {"$ref": f"#/$defs/{name}"}


def _listed(
    call: Mapping[str, JsonValue], schemas: Mapping[str, JsonValue], choice: ToolChoice
) -> str:
    most: dict[str, JsonValue] = {} if choice.parallel else {"maxItems": 1}
    listed = {"type": "array", "items": call, "minItems": 1, **most, "$defs": schemas}
    return json.dumps(listed, separators=(",", ":"))


def _schemas(tools: Sequence[Mapping[str, JsonValue]], choice: ToolChoice) -> dict[str, JsonValue]:
    """Return the schema of each tool's arguments by its name, to stand in a larger one."""
    found: dict[str, JsonValue] = {}
    for tool in tools:
        name, parameters = _function(tool)
        if choice.only in (None, name):
            bare = {key: value for key, value in parameters.items() if key != "$schema"}
            found[name] = _moved(bare, f"#/$defs/{name}")
    return found


def _function(tool: Mapping[str, JsonValue]) -> tuple[str, dict[str, JsonValue]]:
    """Return a tool's name and the schema of its arguments."""
    function = tool["function"]
    assert isinstance(function, dict)
    name, parameters = function["name"], function["parameters"]
    assert isinstance(name, str)
    assert isinstance(parameters, dict)
    return name, parameters


def _moved(schema: JsonValue, place: str) -> JsonValue:
    """Return a schema whose references to its own root lead to `place`, where it will stand."""
    if isinstance(schema, list):
        return [_moved(part, place) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {name: _followed(name, value, place) for name, value in schema.items()}


def _followed(name: str, value: JsonValue, place: str) -> JsonValue:
    if name in _NAMED and isinstance(value, dict):
        return {key: _moved(part, place) for key, part in value.items()}
    if name in _DATA:
        return value
    if name == "$ref" and isinstance(value, str) and (value + "/").startswith("#/"):
        return place + value[1:]
    return _moved(value, place)
