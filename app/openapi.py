"""The OpenAPI document: what FastAPI finds out about the routes, and what it cannot know."""

from importlib.metadata import version
from typing import Any, TypeAlias

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter
from typing_extensions import override

from app.chat_replies import ChatCompletionChunk, Progress
from app.completions.replies import TextCompletionChunk
from app.replies import Error
from app.responses.replies import EVENTS
from app.tree.replies import TreeGrowth

Responses: TypeAlias = dict[int | str, dict[str, Any]]

SUMMARY = "Inference-time search under a compute budget"
_NAMED = {"x-request-id": {"description": "of the log's line", "schema": {"type": "string"}}}
_REFERENCE = "#/components/schemas/{model}"
_ERROR = {"application/json": {"schema": {"$ref": _REFERENCE.format(model="Error")}}}
ERRORS: Responses = {
    "4XX": {"content": _ERROR, "description": "The request is at fault", "headers": _NAMED},
    "5XX": {"content": _ERROR, "description": "The server is at fault", "headers": _NAMED},
}
"""What every route may answer besides. It takes the place of FastAPI's own 422."""


_TOLD: tuple[type[Any], ...] = (ChatCompletionChunk, TextCompletionChunk, Progress, TreeGrowth)
_UNTYPED: tuple[type[Any], ...] = (Error, *_TOLD, *EVENTS)
"""Shapes that routes refer to by name: FastAPI knows those of whole answers only."""


def answers(shape: object, **content: dict[str, Any]) -> Responses:
    """Say what a route answers: JSON of a shape, and `content` as it is."""
    return {200: {"model": shape, "headers": _NAMED, **content}}


def binary(media_type: str) -> Responses:
    """Say that a route answers bytes, as this type."""
    told = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return {200: {"content": told, "headers": _NAMED}}


def events(*shapes: str, example: str) -> dict[str, Any]:
    """Say what a route may answer as server-sent events: each with JSON of one of the shapes.

    As is the custom in OpenAPI 3.1, the schema is of one event, not of the whole.
    """
    told = {
        "type": "string",
        "contentMediaType": "application/json",
        "contentSchema": {"anyOf": [{"$ref": _REFERENCE.format(model=s)} for s in shapes]},
    }
    event = {"event": {"type": "string"}, "data": {"anyOf": [{"const": "[DONE]"}, told]}}
    schema = {"type": "object", "properties": event, "required": ["data"]}
    return {"text/event-stream": {"schema": schema, "example": example}}


class Described(FastAPI):
    """An app that describes itself whole: with what its clients show to be let in."""

    @override
    def openapi(self) -> dict[str, Any]:
        """Return the document; it is made once."""
        if self.openapi_schema is None:
            self.openapi_schema = _document(self)
        return self.openapi_schema


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=version("fathom-serve"), summary=SUMMARY, routes=app.routes
    )
    for shape in _UNTYPED:
        schema = TypeAdapter(shape).json_schema(ref_template=_REFERENCE)
        document["components"]["schemas"] |= schema.pop("$defs", {}) | {shape.__name__: schema}
    schemes = document["components"].setdefault("securitySchemes", {})
    schemes["bearer"] = {"type": "http", "scheme": "bearer", "description": "An API key"}
    # An empty one: without keys, everybody is let in.
    document["security"] = [{}, {"bearer": []}]
    return document
