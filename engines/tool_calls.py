"""Calls of tools in a model's text: how each family of models writes them, and the form we write.

Knows JSON and marks. Knows no schema: whether arguments are what a tool takes is for others.

    Hermes, Qwen   <tool_call>{"name": ..., "arguments": {...}}</tool_call>, any number of them
    Mistral        [TOOL_CALLS] [{"name": ..., "arguments": {...}}], or [TOOL_CALLS]name{...}
    Llama 3        {"name": ..., "parameters": {...}}, after <|python_tag|> or not, `;` between
    our grammar    [{"name": ..., "arguments": {...}}]

Marks that are special tokens are left out of the text by some servers, so JSON alone is a call
too, if it is all there is and names a tool.
"""

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from engines.conversation import ToolCall

_OPEN, _CLOSE = "<tool_call>", "</tool_call>"
_MARKS = re.compile(r"\s*(\[TOOL_CALLS\]|<\|python_tag\|>)")
_NAMED = re.compile(r'\s*(?:\[TOOL_CALLS\])?([a-zA-Z0-9_-]{1,64})(?:\[ARGS\])?(?=\{\s*["}])')
_BEGUN = re.compile(r'\s*(?:\[\s*)?\{\s*"name"\s*:\s*"([^"\\]*)"\s*,\s*"(?:argum|param)e')
_BETWEEN, _SPACE = re.compile(r"[\s;,]*"), re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer says: words, calls, or both.

    `broken` if it means to call a tool, but not so that it could be: `content` is then all of it.
    """

    content: str
    calls: tuple[ToolCall, ...] = ()
    broken: bool = False


class _NoCall(Exception):
    """A piece of text that should be a call is none."""


def read_calls(text: str, names: Collection[str]) -> Said:
    """Return the words of an answer and its calls of the tools of these names."""
    try:
        if _OPEN in text:
            return _tagged(text, names)
        calls = _bare(text, names)
    except (_NoCall, ValueError, RecursionError):
        return Said(text, broken=True)
    return Said("", calls) if calls else Said(text)


def write_calls(calls: Sequence[ToolCall], content: str = "") -> str:
    """Return words and calls as one text, in the form of Hermes. Arguments must be JSON."""
    blocks = [f"{_OPEN}\n{_block(call)}\n{_CLOSE}" for call in calls]
    return "\n".join([*([content] if content else []), *blocks])


def _block(call: ToolCall) -> str:
    return f'{{"name": {json.dumps(call.name)}, "arguments": {call.arguments}}}'


def _tagged(text: str, names: Collection[str]) -> Said:
    """Read the blocks of Hermes; the last may lack its end, which some servers leave out."""
    words, calls, place = [], [], 0
    while (opened := text.find(_OPEN, place)) >= 0:
        words.append(text[place:opened])
        value, place = _decoded(text, opened + len(_OPEN))
        calls.append(_call(value, names))
        place = _past(_SPACE, text, place)
        if place < len(text) and not text.startswith((_CLOSE, _OPEN), place):
            raise _NoCall
        place += len(_CLOSE) if text.startswith(_CLOSE, place) else 0
    words.append(text[place:])
    return Said("\n".join(word.strip() for word in words if word.strip()), tuple(calls))


def _bare(text: str, names: Collection[str]) -> tuple[ToolCall, ...]:
    """Read an answer that is calls and nothing else; none if it does not look like one."""
    named = _NAMED.match(text)
    if named and named[1] in names:
        return tuple(_by_name(text, names))
    if marked := _MARKS.match(text):
        return tuple(_listed(text[marked.end() :], names))
    begun = _BEGUN.match(text)
    return tuple(_listed(text, names)) if begun and begun[1] in names else ()


def _listed(text: str, names: Collection[str]) -> Iterator[ToolCall]:
    """Give the calls of objects one after the other, or of a list of them."""
    place = _past(_BETWEEN, text, 0)
    if place == len(text):
        raise _NoCall
    while place < len(text):
        value, place = _decoded(text, place)
        for item in value if isinstance(value, list) else [value]:
            yield _call(item, names)
        place = _past(_BETWEEN, text, place)


def _by_name(text: str, names: Collection[str]) -> Iterator[ToolCall]:
    """Give the calls of names that are followed by their arguments."""
    place = 0
    while place < len(text):
        named = _NAMED.match(text, place)
        if not named:
            raise _NoCall
        value, place = _decoded(text, named.end())
        yield _call({"name": named[1], "arguments": value}, names)
        place = _past(_BETWEEN, text, place)


def _past(pattern: re.Pattern[str], text: str, place: int) -> int:
    """Return where what may be passed over here ends."""
    found = pattern.match(text, place)
    return found.end() if found else place


def _decoded(text: str, place: int) -> tuple[Any, int]:
    """Return the JSON that begins here, and where it ends."""
    return _JSON.raw_decode(text, _past(_SPACE, text, place))


def _call(value: Any, names: Collection[str]) -> ToolCall:  # noqa: ANN401 - the model's JSON
    name = value.get("name") if isinstance(value, dict) else None
    if not isinstance(name, str) or name not in names:
        raise _NoCall
    arguments = value.get("arguments", value.get("parameters", {}))
    if isinstance(arguments, str):
        arguments = _JSON.decode(arguments)
    if not isinstance(arguments, dict):
        raise _NoCall
    spelt = json.dumps(arguments, ensure_ascii=False)
    spelt.encode()  # Half a surrogate is no text, and could not be sent on.
    return ToolCall(name, spelt)


def _number(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError(f"{text} is not a number JSON can hold")
    return value


_JSON = json.JSONDecoder(parse_float=_number, parse_constant=_number)
