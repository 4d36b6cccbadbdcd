"""Prompts without a right answer, and answers to them, from files.

A JSON list, or one JSON object a line. A prompt is a text as `prompt` or `question`, or one of the
forms of `training.pairs`, with its last response or without one. An answer goes with its prompt: a
text as `response`, or that last response.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from engines.conversation import Conversation
from evaluation.datasets import DatasetError, entries
from training.pairs import NotAPair, Pair, read_pair

_TEXTS = ("prompt", "question")


@dataclass(frozen=True, slots=True)
class Asked:
    """What both models are asked.

    `id` is a hash of it; one that occurs again has its number after a dot, as a `Question`'s.
    """

    id: str
    conversation: Conversation

    @property
    def text(self) -> str:
        """The last message."""
        return self.conversation.messages[-1].content


def read_prompts(path: Path) -> tuple[Asked, ...]:
    """Read every prompt of a file, in its order.

    Raises:
        DatasetError: the file cannot be read, an entry is no prompt, or there is none.
    """
    asked: list[Asked] = []
    seen: Counter[str] = Counter()
    for place, entry in entries(path):
        conversation = _pair(path, place, entry, answered=False).conversation
        name = name_of(conversation)
        seen[name] += 1
        again = f".{seen[name]}" if seen[name] > 1 else ""
        asked.append(Asked(name + again, conversation))
    if not asked:
        raise DatasetError(path, None, "holds no prompts")
    return tuple(asked)


def read_answers(path: Path) -> dict[str, str]:
    """Read the answers of a file by the hash of what they answer; the last to a prompt counts.

    Raises:
        DatasetError: the file cannot be read, or an entry is no answer to a prompt.
    """
    pairs = (_pair(path, place, entry, answered=True) for place, entry in entries(path))
    found = {name_of(pair.conversation): pair.response for pair in pairs}
    if not found:
        raise DatasetError(path, None, "holds no answers")
    return found


def name_of(conversation: Conversation) -> str:
    """Return 12 hexadecimal digits that only the same turns share."""
    turns = [[m.role, m.content] for m in conversation.messages]
    return hashlib.sha256(json.dumps(turns).encode()).hexdigest()[:12]


def _pair(path: Path, place: str, entry: JsonValue, *, answered: bool) -> Pair:
    try:
        return _read(entry, answered=answered)
    except NotAPair as error:
        raise DatasetError(path, place, str(error)) from None


def _read(entry: JsonValue, *, answered: bool) -> Pair:
    if not isinstance(entry, dict):
        raise NotAPair("is not a JSON object")
    named = next((name for name in _TEXTS if name in entry), None)
    if named is None:
        return read_pair(entry if answered else _answered(entry))
    asked, response = entry[named], entry.get("response", None if answered else "")
    if not isinstance(asked, str) or not asked.strip():
        raise NotAPair(f"has no text as `{named}`")
    if not isinstance(response, str):
        raise NotAPair("has no text as `response`")
    return Pair(asked, response)


def _answered(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an entry with an empty response at its end, if it has none there."""
    if "output" not in entry and "instruction" in entry:
        return {**entry, "output": ""}
    for name, role, content, ours in (
        ("messages", "role", "content", "assistant"),
        ("conversations", "from", "value", "gpt"),
    ):
        turns = entry.get(name)
        if isinstance(turns, list) and turns and isinstance(turns[-1], dict):
            last = turns[-1].get(role)
            if last not in ("assistant", "gpt", "chatgpt"):
                return {**entry, name: [*turns, {role: ours, content: ""}]}
    return entry
