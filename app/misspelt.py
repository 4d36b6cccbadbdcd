"""Names of settings that do not exist, and which were probably meant. Knows schemas, not files."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeAlias

from pydantic import ValidationError

from app.errors import describe
from app.settings import Settings

Schema: TypeAlias = Mapping[str, Any]

_PREFIX, _NESTED = "FATHOM_", "__"
_OURS = frozenset({"FATHOM_SANDBOX_KEY"})
"""Variables of ours that are no settings of the service."""


def settings_sentence(error: ValidationError) -> str:
    """Say what is wrong with the first setting at fault; of a name that is none, what was meant.

    A misspelt name goes first: what it leaves missing is said by itself then.
    """
    faults = sorted(error.errors(), key=lambda fault: fault["type"] != "extra_forbidden")
    param, message = describe(faults[0])
    if faults[0]["type"] != "extra_forbidden":
        return message.removeprefix("Value error, ")
    place = [str(part) for part in faults[0]["loc"]]
    return f"`{param}` is no setting{_meant(place[-1], _names_at(place[:-1]))}"


def unknown_variables(environment: Mapping[str, str]) -> Iterator[str]:
    """Give a sentence for each variable that looks like a setting's and is none."""
    names = [f"{_PREFIX}{name.upper()}" for name in Settings.model_fields]
    for variable in sorted(environment):
        own = variable.upper().partition(_NESTED)[0]
        if own.startswith(_PREFIX) and own not in (*names, *_OURS):
            yield f"`{variable}` is no setting's{_meant(own, names)}"


def _meant(name: str, names: Sequence[str]) -> str:
    near = get_close_matches(name, names, 1)
    return f"; did you mean `{near[0]}`?" if near else f"; there are {', '.join(names)}"


def _names_at(place: Sequence[str]) -> list[str]:
    """Return the names of the settings at a place, such as those of `engine` of the kind vllm."""
    whole = Settings.model_json_schema()
    schema: Schema = whole
    for part in place:
        schema = _resolved(_below(_resolved(schema, whole), part), whole)
    return list(_resolved(schema, whole).get("properties", {}))


def _below(schema: Schema, part: str) -> Schema:
    """Return what a part of an error's place stands for: a name, a key, or the kind of a union."""
    if part in (mapping := schema.get("discriminator", {}).get("mapping", {})):
        return {"$ref": mapping[part]}
    # A mapping's values have one schema, under a pattern if its keys have to match one.
    values = [*schema.get("patternProperties", {}).values(), schema.get("additionalProperties", {})]
    known: Schema = schema.get("properties", {}).get(part, values[0])
    return known


def _resolved(schema: Schema, whole: Schema) -> Schema:
    """Return a schema without a reference, or a null beside it."""
    while True:
        if "$ref" in schema:
            schema = whole["$defs"][schema["$ref"].rpartition("/")[2]]
        elif "anyOf" in schema:
            schema = next(one for one in schema["anyOf"] if one.get("type") != "null")
        else:
            return schema
