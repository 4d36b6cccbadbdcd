"""Searches that were run, read back from files for what can be learnt from them.

A file holds what `fathom ask --trace` wrote, or an answer of the API that was asked for its trace;
either can also be a line of a file of many. Knows what a search says, not what it is good for.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, Field, JsonValue, TypeAdapter, ValidationError

from engines.conversation import Conversation
from scorers.base import Ending
from scorers.layout import question_of
from scorers.structured import JsonForm
from search.events import Event, Generated, Rendered, Trace
from search.trace import NotATrace, RecordedSearch


@dataclass(frozen=True, slots=True)
class Returned:
    """The answer of a search.

    Attributes:
        text: what the reader was shown.
        whole: whether it came to its end by itself, in the form it was to have.
        score: by the search's scorer; `None` if there is none.
        abstained: whether a scorer was asked, and would not judge.
    """

    text: str
    whole: bool
    score: float | None
    abstained: bool


@dataclass(frozen=True, slots=True)
class StoredSearch:
    """A search, as far as there is something to learn from it.

    `pattern` finds its final answers, if not the usual marks do; `reference` is the right one, if
    it was given.
    """

    conversation: Conversation
    events: Trace
    returned: Returned
    pattern: str | None = None
    reference: str | None = None

    @property
    def question(self) -> str:
        """What was asked, as scorers read it."""
        return question_of(self.conversation)

    @property
    def calls_tools(self) -> bool:
        """Whether answers may be calls of tools, or the conversation holds some."""
        messages = self.conversation.messages
        return bool(self.conversation.tools) or any(m.tool_calls for m in messages)


class _Result(BaseModel):
    """What `fathom ask` made of an outcome, as far as it is read here."""

    text: str
    finish: Ending | None = None
    score: float | None = None
    scorer: str | None = None


class _Message(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: Literal["stop", "length", "tool_calls"]


class _Report(BaseModel):
    trace: list[Event]
    score: float | None = None
    abstained: str | None = None
    reference: str | None = None


class _Answer(BaseModel):
    """An answer of `POST /v1/chat/completions`, as far as it is read here."""

    choices: list[_Choice] = Field(min_length=1)
    search: _Report


_RECORDED = TypeAdapter(RecordedSearch)
_Place: TypeAlias = str
"""A file, and the line in it if it has many: what an error names."""


def read_searches(paths: Sequence[Path], *, but: Path | None = None) -> Iterator[StoredSearch]:
    """Read the searches of files, and of all `.json` and `.jsonl` files in folders.

    Args:
        paths: the files and folders, in which files are taken by their names' order.
        but: a file in a folder that is none of them.

    Raises:
        NotATrace: one cannot be read, and which.
    """
    for path in paths:
        for file in _files(path, but) if path.is_dir() else [path]:
            for place, value in _values(file):
                yield _read(place, value)


def _files(folder: Path, but: Path | None) -> list[Path]:
    found = [file for suffix in ("json", "jsonl") for file in folder.rglob(f"*.{suffix}")]
    kept = sorted(file for file in found if but is None or file.resolve() != but.resolve())
    if not kept:
        raise NotATrace(f"{folder} holds no traces")
    return kept


def _values(path: Path) -> Iterator[tuple[_Place, JsonValue]]:
    """Give what is in a file: one JSON value, or one a line."""
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NotATrace(f"{path} cannot be read: {error}") from error
    try:
        yield str(path), json.loads(content)
    except json.JSONDecodeError as whole:
        lines = [(i, line) for i, line in enumerate(content.splitlines(), 1) if line.strip()]
        if whole.msg != "Extra data" or len(lines) == 1:
            raise NotATrace(f"{path} is not a trace: {whole}") from None
        yield from ((f"{path}, line {i}", _parsed(path, i, line)) for i, line in lines)


def _parsed(path: Path, number: int, line: str) -> JsonValue:
    try:
        value: JsonValue = json.loads(line)
    except json.JSONDecodeError as error:
        raise NotATrace(f"{path}, line {number} is not a trace: {error}") from None
    return value


def _read(place: _Place, value: JsonValue) -> StoredSearch:
    try:
        if isinstance(value, dict) and "choices" in value:
            return _of_answer(_Answer.model_validate(value), place)
        return _of_file(_RECORDED.validate_python(value))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise NotATrace(f"{place} is not a trace: {where} {first['msg']}") from error


def _of_file(recorded: RecordedSearch) -> StoredSearch:
    task, result = recorded.task, _Result.model_validate(recorded.result)
    whole = result.finish in ("eos", "stop") and bool(result.text.strip())
    abstained = result.score is None and result.scorer is not None
    returned = Returned(result.text, whole, result.score, abstained)
    events, truth = recorded.events, recorded.reference
    return StoredSearch(task.conversation, events, returned, task.pattern, truth)


def _of_answer(answer: _Answer, place: _Place) -> StoredSearch:
    choice, told = answer.choices[0], answer.search
    rendered = [event for event in told.trace if isinstance(event, Rendered)]
    if not rendered:
        raise NotATrace(f"{place} is not a trace: it does not say what was asked")
    text = choice.message.content or ""
    whole = choice.finish_reason == "stop" and bool(text.strip()) and _keeps_form(told.trace, text)
    returned = Returned(text, whole, told.score, told.abstained is not None)
    conversation = rendered[0].prompt.conversation
    return StoredSearch(conversation, told.trace, returned, None, told.reference)


def _keeps_form(events: Sequence[Any], text: str) -> bool:
    """Say whether an answer is of the schema that samples were held to, if they were."""
    drawn = [event for event in events if isinstance(event, Generated)]
    schemas = {event.request.sampling.json_schema for event in drawn} - {None}
    return all(JsonForm(schema).canonical(text) is not None for schema in schemas if schema)
