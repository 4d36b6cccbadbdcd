"""The messages of a completion that is kept."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.lists import listed
from app.store import NotKept
from app.store.pages import Cut


def messages_of(completion: str, messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return messages as OpenAI lists them, each with an id of its own."""
    return [
        {"name": None, **message, "id": f"{completion}-{i}", **_content(message)}
        for i, message in enumerate(messages)
    ]


def page_of(messages: Sequence[dict[str, Any]], cut: Cut) -> dict[str, Any]:
    """Return a part of the messages.

    Raises:
        NotKept: the one to begin behind is not among them.
    """
    order = list(reversed(messages)) if cut.newest_first else list(messages)
    start = 0
    if cut.after is not None:
        places = [i for i, message in enumerate(order) if message["id"] == cut.after]
        if not places:
            raise NotKept(cut.after, param="after")
        start = places[0] + 1
    rest = order[start:]
    return listed(rest[: cut.limit], more=len(rest) > cut.limit)


def _content(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message's text, and the parts if it was given in parts."""
    content = message.get("content")
    if not isinstance(content, list):
        return {"content": content, "content_parts": None}
    return {"content": "".join(part["text"] for part in content), "content_parts": content}
