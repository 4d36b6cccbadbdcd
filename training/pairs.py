"""Pairs of an instruction and its response, from files of the formats people keep them in.

A line of JSON is one conversation, and of it the last instruction and its response are the pair:
    {"instruction": "Add.", "input": "2, 3", "output": "5"}                              Alpaca
    {"conversations": [{"from": "human", "value": "2+3?"}, {"from": "gpt", "value": "5"}]} ShareGPT
    {"messages": [{"role": "user", "content": "2+3?"}, {"role": "assistant", "content": "5"}]} chat
A file may also be one list of these, as Alpaca's and ShareGPT's are published.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

from engines.conversation import Conversation, Message, Role

Form: TypeAlias = Literal["alpaca", "sharegpt", "chat"]
"""How a pair is written."""

_ROLES: Mapping[str, Role] = {
    "system": "system", "human": "user", "user": "user", "gpt": "assistant",
    "chatgpt": "assistant", "assistant": "assistant",
}  # fmt: skip


class NotAPair(ValueError):
    """A JSON value is no pair, and why."""


class PairError(Exception):
    """A file of pairs cannot be read: `path`, and `line` in it if it is one line's."""

    def __init__(self, path: Path, line: int | None, what: str) -> None:
        super().__init__(f"{path}{f', line {line}' if line else ''}: {what}")
        self.path, self.line = path, line


@dataclass(frozen=True, slots=True)
class Pair:
    """An instruction and its response.

    Attributes:
        instruction: what is asked; Alpaca's input is its last lines.
        response: what is answered; may be empty.
        before: the turns before it, a system's among them.
        form: how it was written, and is written again.
    """

    instruction: str
    response: str
    before: tuple[Message, ...] = ()
    form: Form = "chat"

    @property
    def conversation(self) -> Conversation:
        """All up to the response, as a model is asked."""
        return Conversation((*self.before, Message("user", self.instruction)))

    @property
    def row(self) -> dict[str, Any]:
        """As JSON, in its form."""
        if self.form == "alpaca":
            return {"instruction": self.instruction, "input": "", "output": self.response}
        turns = (*self.conversation.messages, Message("assistant", self.response))
        if self.form == "chat":
            return {"messages": [{"role": m.role, "content": m.content} for m in turns]}
        names = {"user": "human", "assistant": "gpt", "system": "system"}
        return {"conversations": [{"from": names[m.role], "value": m.content} for m in turns]}


def read_pairs(path: Path) -> Iterator[Pair]:
    """Read pairs one by one, in the file's order; blank lines are skipped.

    Lines are read as they are wanted; a file that is one list is read whole.

    Raises:
        PairError: the file cannot be read, or a line is no pair.
    """
    try:
        with path.open(encoding="utf-8") as lines:
            listed = lines.read(1) == "["
            lines.seek(0)
            if listed:
                yield from _of_list(path, lines.read())
                return
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _of_line(path, number, line)
    except (OSError, UnicodeDecodeError) as error:
        raise PairError(path, None, str(error)) from error


def read_pair(row: object) -> Pair:
    """Return the pair that a JSON object is.

    Raises:
        NotAPair: it is none, and why.
    """
    if not isinstance(row, dict):
        raise NotAPair("is not a JSON object")
    if "messages" in row:
        return replace(_of_turns(row["messages"], "role", "content"), form="chat")
    if "conversations" in row:
        return replace(_of_turns(row["conversations"], "from", "value"), form="sharegpt")
    if "instruction" in row:
        return _of_alpaca(row)
    raise NotAPair("has none of `instruction`, `conversations` and `messages`")


def _of_list(path: Path, text: str) -> Iterator[Pair]:
    try:
        rows = json.loads(text)
    except ValueError as error:
        raise PairError(path, None, f"is not JSON: {error}") from error
    for number, row in enumerate(rows, 1):
        try:
            yield read_pair(row)
        except NotAPair as error:
            raise PairError(path, None, f"entry {number} {error}") from error


def _of_line(path: Path, number: int, line: str) -> Pair:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise PairError(path, number, f"is not JSON: {error}") from error
    try:
        return read_pair(row)
    except NotAPair as error:
        raise PairError(path, number, str(error)) from error


def _of_alpaca(row: Mapping[str, Any]) -> Pair:
    parts = [_text(row, name) for name in ("instruction", "input") if row.get(name) is not None]
    instruction = "\n".join(part for part in parts if part.strip())
    if not instruction:
        raise NotAPair("has an empty `instruction`")
    return Pair(instruction, _text(row, "output"), form="alpaca")


def _of_turns(turns: object, role: str, content: str) -> Pair:
    if not isinstance(turns, Sequence) or isinstance(turns, str) or len(turns) < 2:  # noqa: PLR2004
        raise NotAPair("has no turns of an instruction and its response")
    messages = [_turn(turn, role, content) for turn in turns]
    *before, asked, answered = messages
    if (asked.role, answered.role) != ("user", "assistant"):
        raise NotAPair("does not end in a user's turn and an assistant's")
    if not asked.content.strip():
        raise NotAPair("has an empty instruction")
    return Pair(asked.content, answered.content, tuple(before))


def _turn(turn: object, role: str, content: str) -> Message:
    if not isinstance(turn, dict):
        raise NotAPair("has a turn that is no object")
    said = _text(turn, role)
    if said not in _ROLES:
        raise NotAPair(f"has a turn of {said!r}, which is none of {', '.join(_ROLES)}")
    return Message(_ROLES[said], _text(turn, content))


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str):
        raise NotAPair(f"has no text as `{name}`")
    return value
