"""The OpenAPI document, and answers held to it."""

import json
from typing import Any

import httpx2
from jsonschema import Draft202012Validator

from tests.app.client import an_app

DOCUMENT = an_app().openapi()
OPERATIONS = [(method, path) for path, item in DOCUMENT["paths"].items() for method in item]


def schema_of(method: str, path: str, status: int, media_type: str) -> dict[str, Any]:
    """The schema of one answer, with all that it refers to."""
    responses = DOCUMENT["paths"][path][method]["responses"]
    told = responses.get(str(status)) or responses[f"{status // 100}XX"]
    return told["content"][media_type]["schema"] | {"components": DOCUMENT["components"]}


def check(response: httpx2.Response, method: str, path: str) -> Any:
    """Hold an answer to the document; return its JSON."""
    media_type = response.headers["content-type"].partition(";")[0]
    schema = schema_of(method, path, response.status_code, media_type)
    Draft202012Validator(schema).validate(response.json())
    return response.json()


def check_events(stream: httpx2.Response, method: str, path: str) -> list[dict[str, Any]]:
    """Hold every event of a stream to the document; return their JSON."""
    schema = schema_of(method, path, 200, "text/event-stream")
    told = schema["properties"]["data"]["anyOf"][1]["contentSchema"]
    validator = Draft202012Validator(told | {"components": DOCUMENT["components"]})
    lines = [line[6:] for line in stream.text.splitlines() if line.startswith("data: ")]
    events = [json.loads(line) for line in lines if line != "[DONE]"]
    for event in events:
        validator.validate(event)
    return events
