"""What an export is made of: rows, and the reasons for which there are not more."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pydantic import JsonValue

from engines.conversation import Conversation
from training.examples import write_lines
from training.traces import StoredSearch


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file. Of those with the same `key` only the first is kept."""

    key: tuple[str, ...]
    fields: Mapping[str, JsonValue]


@dataclass(slots=True)
class Rows:
    """The rows so far, and how often something was left out for each reason."""

    kept: dict[tuple[str, ...], Row] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)

    def add(self, row: Row) -> None:
        """Keep a row, unless there is one like it."""
        if row.key in self.kept:
            self.leave_out("repeated")
        else:
            self.kept[row.key] = row

    def leave_out(self, reason: str, times: int = 1) -> None:
        """Count what gives no row."""
        if times:
            self.left_out[reason] += times


class Exporter(Protocol):
    """Makes rows of one kind."""

    async def export(self, search: StoredSearch, truth: str | None, rows: Rows) -> None:
        """Add the rows of one search; `truth` is its right answer, if that is known."""
        ...


@dataclass(frozen=True, slots=True)
class Exported:
    """How many searches were read, how many rows they gave, and why not more."""

    searches: int
    rows: int
    left_out: Mapping[str, int]


async def export(
    searches: Iterable[StoredSearch], exporter: Exporter, truths: Mapping[str, str], out: Path
) -> Exported:
    """Write the rows of all searches to `out`.

    Args:
        searches: what was run.
        exporter: what is made of them.
        truths: right answers by question; before that a search was told itself.
        out: where the rows go, as lines of JSON.

    Raises:
        NotATrace: a search cannot be read.
        OutputRefused: the file cannot be written.
    """
    rows, read = Rows(), 0
    for search in searches:
        read += 1
        if search.calls_tools:
            rows.leave_out("calls tools, which these formats do not hold")
            continue
        truth = truths.get(search.question.strip(), search.reference)
        await exporter.export(search, truth, rows)
    lines = (json.dumps(row.fields, ensure_ascii=False) + "\n" for row in rows.kept.values())
    return Exported(read, write_lines(out, lines), dict(rows.left_out))


def messages_of(conversation: Conversation, *answers: str) -> list[JsonValue]:
    """Return a conversation as chat datasets have it, and behind it an assistant's answer."""
    told: list[JsonValue] = [
        {"role": message.role, "content": message.content} for message in conversation.messages
    ]
    return [*told, *said(*answers)]


def said(*answers: str) -> list[JsonValue]:
    """Return what an assistant says as messages."""
    return [{"role": "assistant", "content": answer} for answer in answers]


def key_of(*parts: Sequence[JsonValue] | str) -> tuple[str, ...]:
    """Return a key that only the same parts share."""
    return tuple(json.dumps(part, sort_keys=True) for part in parts)
