"""What the JSON objects we take have in common."""

import json
from math import isfinite
from typing import LiteralString

from pydantic import BaseModel, ConfigDict, JsonValue, model_validator
from pydantic_core import PydanticCustomError

_INT64 = 2**63


class Body(BaseModel):
    """A JSON object. A field given as null is a field not given, as OpenAI's clients mean it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, data: object) -> object:
        if not isinstance(data, dict):
            return data
        return {name: value for name, value in data.items() if value is not None}


class RequestBody(Body):
    """The body of a request: nothing in it is beyond JSON."""

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, body: object) -> object:
        check_plain(body)
        return body


def check_plain(body: object) -> None:
    """Return if a JSON value holds nothing that could not be sent on or back as JSON.

    Raises:
        PydanticCustomError: a number that has no end or more than 64 bits, or half a character;
            `param` in its context is where.
    """
    waiting = [("", body)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(f"{place}.{key}" if place else str(key), v) for key, v in value.items()]
            waiting += [(place, key) for key in value]
        elif isinstance(value, list):
            waiting += [(f"{place}.{i}", item) for i, item in enumerate(value)]
        elif (fault := _fault(value)) is not None:
            raise PydanticCustomError("not_plain", "{fault}", {"fault": fault, "param": place})


def _fault(value: object) -> LiteralString | None:
    if isinstance(value, str):
        return None if value.isascii() or _is_text(value) else "the text holds half a character"
    if isinstance(value, float):
        return None if isfinite(value) else "the number is not finite"
    if isinstance(value, int) and not -_INT64 <= value < _INT64:
        return "the number has more than 64 bits"
    return None


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def compact(schema: dict[str, JsonValue]) -> str:
    """Return a schema as JSON without spaces.

    Not sorted: models write an object's fields in the order the schema has them.
    """
    return json.dumps(schema, separators=(",", ":"))
