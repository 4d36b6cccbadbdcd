"""Whether the answer is JSON of a schema; what that means, `scorers.structured` knows."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Literal

from pydantic import Field, JsonValue, field_validator
from typing_extensions import override

from scorers.base import Scorer
from scorers.checked import Check
from scorers.kind import Around, ScorerKind
from scorers.structured import JsonForm, check_schema


class JsonSchema(Check):
    """Passes solutions whose answer is JSON of `schema`, which has passed `check_schema`."""

    def __init__(self, name: str, schema: str) -> None:
        super().__init__(name)
        self._schema = schema

    @override
    async def passed(self, answers: Sequence[str]) -> Sequence[bool]:
        """Validate each; see `Check.passed`."""
        # A form remembers what it has read: a new one each time, and in a thread, as it is slow.
        form = JsonForm(self._schema)
        return await asyncio.to_thread(
            lambda: [form.canonical(answer) is not None for answer in answers]
        )


class JsonSchemaConfig(ScorerKind):
    """Whether the answer is JSON of a schema."""

    kind: Literal["json_schema"] = "json_schema"
    schema_: dict[str, JsonValue] = Field(alias="schema", description="a JSON Schema, 2020-12")

    @field_validator("schema_")
    @classmethod
    def _usable(cls, schema: dict[str, JsonValue]) -> dict[str, JsonValue]:
        check_schema(json.dumps(schema, separators=(",", ":")))
        return schema

    @override
    @asynccontextmanager
    async def open(self, name: str, around: Around) -> AsyncIterator[Scorer]:
        """Give the scorer; see `ScorerKind.open`."""
        yield JsonSchema(name, json.dumps(self.schema_, separators=(",", ":")))
