"""The messages of a completion that is kept."""

from collections.abc import Mapping, Sequence
from typing import Any


def messages_of(completion: str, messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return messages as OpenAI lists them, each with an id of its own."""
    return [
        {"name": None, **message, "id": f"{completion}-{i}", **_content(message)}
        for i, message in enumerate(messages)
    ]


def _content(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message's text, and the parts if it was given in parts."""
    content = message.get("content")
    if not isinstance(content, list):
        return {"content": content, "content_parts": None}
    return {"content": "".join(part["text"] for part in content), "content_parts": content}
