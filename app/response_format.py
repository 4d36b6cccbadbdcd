"""What an answer must look like, as OpenAI's clients say it."""

from typing import Literal, Self

from pydantic import Field, JsonValue, field_validator, model_validator

from app.body import Body, compact
from scorers.structured import check_schema


class JsonSchema(Body):
    """A schema that answers are held to, whether `strict` or not."""

    name: str = Field(pattern="^[a-zA-Z0-9_-]{1,64}$")
    description: str | None = None
    strict: bool = False
    schema_: dict[str, JsonValue] = Field(default={}, alias="schema")

    @field_validator("schema_")
    @classmethod
    def _usable(cls, schema: dict[str, JsonValue]) -> dict[str, JsonValue]:
        check_schema(compact(schema))
        return schema


class ResponseFormat(Body):
    """What an answer must look like: anything, any JSON object, or JSON of a schema."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchema | None = None

    @model_validator(mode="after")
    def _a_schema_if_it_says_so(self) -> Self:
        if (self.type == "json_schema") != (self.json_schema is not None):
            raise ValueError("`json_schema` goes with the type `json_schema`, and with no other")
        return self

    @property
    def constraint(self) -> str | None:
        """The schema every answer is held to, as JSON; `None` for plain text."""
        if self.type == "json_object":
            return compact({"type": "object", "additionalProperties": True})
        return compact(self.json_schema.schema_) if self.json_schema else None
