"""Answers that must be JSON of a schema: whether one is, and which say the same.

Knows JSON Schema 2020-12, without what would let a schema reach out or stall us: references to
other documents, regular expressions beyond RE2, and validation without an end. Knows no engine.
"""

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from math import isfinite
from typing import Any, TypeAlias

import re2  # type: ignore[import-untyped]  # ships no type information
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.validators import extend
from pydantic import JsonValue
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from scorers.base import Ending, ScorerError

SCHEMA_BYTES = 65_536
"""The longest schema taken, as compact JSON."""
_NODES = 1_000
"""Objects and lists in a schema, at most: checking each takes a third of a millisecond."""
_STEPS = 50_000
"""Keywords and items looked at for one answer, at most: half a second."""
_MEMORY_BYTES = 1_000_000
_REFUSED = ("$dynamicRef", "patternProperties", "unevaluatedItems", "unevaluatedProperties")
"""Keywords that would run a schema's regular expressions by Python, or steps we cannot count."""
_AT_THE_ROOT = ("$schema", "$id")
"""Keywords that below the root would change who validates, or what references mean."""

_Keyword: TypeAlias = Callable[[Any, Any, Any, Any], Iterator[ValidationError] | None]


class BadSchema(ScorerError, ValueError):
    """A caller's schema that is none, or more than is taken.

    Also a `ValueError`, which validators of requests let pass.
    """


class _TooMuch(Exception):
    """An answer takes too many steps to validate."""


class JsonForm:
    """What answers to one request must look like. The schema must have passed `check_schema`."""

    missing = "the answer is not JSON of the schema asked for"

    def __init__(self, schema: str) -> None:
        self._left, self._known = 0, dict[str, str | None]()
        keywords = {"pattern": _pattern, "uniqueItems": _unique}
        known = Draft202012Validator.VALIDATORS | keywords
        metered = {name: self._metered(keyword) for name, keyword in known.items()}
        validator = extend(Draft202012Validator, metered)
        self._validator = validator(_undeclared(json.loads(schema)), registry=Registry())

    def canonical(self, text: str) -> str | None:
        """Return an answer with keys sorted, numbers by value and no spaces; `None` if invalid."""
        if text not in self._known:
            self._known[text] = self._canonical(text)
        return self._known[text]

    def in_words(self, text: str) -> bool:  # noqa: ARG002 - the protocol's
        """Return no: JSON is all there may be."""
        return False

    def _canonical(self, text: str) -> str | None:
        self._left = _STEPS
        try:
            value = json.loads(text, parse_float=_by_value, parse_constant=_by_value)
            if not self._validator.is_valid(value):
                return None
            return json.dumps(value, sort_keys=True, separators=(",", ":"))
        except (ValueError, OverflowError, RecursionError, _TooMuch):
            return None

    def ending(self, text: str, finish: Ending) -> Ending:
        """Return how an answer ended that ended by `finish`, as far as the engine knows.

        One that was cut after its last bracket is whole; a number that was cut may go on.
        """
        if self.canonical(text) is None:
            return "length" if finish == "length" else "malformed"
        return "stop" if finish == "length" and not text[-1].isdigit() else finish

    def _metered(self, keyword: _Keyword) -> _Keyword:
        def check(
            validator: object, value: JsonValue, instance: JsonValue, schema: JsonValue
        ) -> Iterator[ValidationError]:
            self._left -= 1 + _size(value) + _size(instance)
            if self._left < 0:
                raise _TooMuch
            yield from keyword(validator, value, instance, schema) or ()

        return check


def check_schema(schema: str) -> None:
    """Return if answers can be held to a schema, given as compact JSON.

    Raises:
        BadSchema: they can not, and why.
    """
    if len(schema.encode(errors="replace")) > SCHEMA_BYTES:
        raise BadSchema(f"the schema is longer than {SCHEMA_BYTES} bytes")
    try:
        _checked(schema)
    except SchemaError as error:
        raise BadSchema(f"it is no JSON Schema: {error.message[:200]}") from error
    except RecursionError as error:
        raise BadSchema("the schema is nested too deeply") from error


@lru_cache(maxsize=256)
def _checked(schema: str) -> None:
    # Remembered: a client sends the same tools with every turn.
    _check(json.loads(schema))


def _check(schema: JsonValue) -> None:
    parts = list(nodes(schema))
    if len(parts) > _NODES:
        raise BadSchema(f"the schema has more than {_NODES} objects and lists")
    Draft202012Validator.check_schema(schema)
    look = Registry().resolver_with_root(DRAFT202012.create_resource(schema)).lookup
    for node in parts:
        for name, value in node.items() if isinstance(node, dict) else ():
            if name in _AT_THE_ROOT and isinstance(value, str) and node is not schema:
                raise BadSchema(f"`{name}` is only supported at the root of a schema")
            _check_field(name, value, look)


def _undeclared(schema: JsonValue) -> JsonValue:
    """Return a schema without its dialect: the library would leave our validator for that one's."""
    if not isinstance(schema, dict):
        return schema
    return {name: value for name, value in schema.items() if name != "$schema"}


def _check_field(name: str, value: JsonValue, look: Callable[[str], object]) -> None:
    if name in _REFUSED:
        raise BadSchema(f"`{name}` is not supported in a schema")
    if not isinstance(value, str):
        return
    if name == "$ref":
        _follow(value, look)
    if name == "pattern":
        _compile(value)


def _follow(reference: str, look: Callable[[str], object]) -> None:
    try:
        look(reference)
    except Unresolvable as error:
        raise BadSchema(f"the schema refers to {reference!r}, which is not in it") from error


def nodes(schema: JsonValue) -> Iterator[dict[str, JsonValue] | list[JsonValue]]:
    """Give every object and list in a schema."""
    if isinstance(schema, dict | list):
        yield schema
        for part in schema.values() if isinstance(schema, dict) else schema:
            yield from nodes(part)


def _compile(pattern: str) -> re2._Regexp:
    options = re2.Options()
    options.log_errors, options.max_mem = False, _MEMORY_BYTES
    try:
        return re2.compile(pattern, options)
    except (re2.error, UnicodeEncodeError) as error:
        raise BadSchema(f"the pattern {pattern[:100]!r} is not of RE2's syntax") from error


def _pattern(
    _: object, pattern: str, instance: JsonValue, __: JsonValue
) -> Iterator[ValidationError]:
    if not isinstance(instance, str):
        return
    if not _compile(pattern).search(instance.encode(errors="replace").decode()):
        yield ValidationError(f"does not match {pattern!r}")


def _unique(
    _: object, unique: bool, instance: JsonValue, __: JsonValue
) -> Iterator[ValidationError]:
    """Compare items by their canonical JSON; the library compares each with each."""
    if unique and isinstance(instance, list):
        different = {json.dumps(item, sort_keys=True) for item in instance}
        if len(different) < len(instance):
            yield ValidationError("the items are not unique")


def _by_value(number: str) -> int | float:
    """Return a number with a point or an exponent: 1.0 and 1 are the same.

    Raises:
        ValueError: it is infinite, or not a number.
    """
    value = float(number)
    if not isfinite(value):
        raise ValueError(f"{number} is not a number JSON can hold")
    return int(value) if value.is_integer() else value


def _size(value: JsonValue) -> int:
    return len(value) if isinstance(value, list | dict) else 0
