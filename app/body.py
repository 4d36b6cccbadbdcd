"""What the JSON objects we take have in common."""

import json

from pydantic import BaseModel, ConfigDict, JsonValue, model_validator


class Body(BaseModel):
    """A JSON object. A field given as null is a field not given, as OpenAI's clients mean it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, data: object) -> object:
        if not isinstance(data, dict):
            return data
        return {name: value for name, value in data.items() if value is not None}


def compact(schema: dict[str, JsonValue]) -> str:
    """Return a schema as JSON without spaces.

    Not sorted: models write an object's fields in the order the schema has them.
    """
    return json.dumps(schema, separators=(",", ":"))
