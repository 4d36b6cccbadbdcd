"""Questions with known answers, from files: a JSON list, or one JSON object a line.

How entries are written is in `evaluation.shapes`.
"""

import gzip
import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from pydantic import JsonValue

from evaluation.entries import Lacking, Shaped
from evaluation.programs.task import ProgramTask
from evaluation.shapes import Fields, read

_FOUND_OUT = Fields()


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask, and the answer known to be right.

    `id` is a hash of both, so it stays the same wherever the question stands and whatever else is
    in the file. A question that occurs again has its number after a dot: "1f0c3a77b2d4.2". Or it is
    the file's own, if that was asked for. Where there are `options` to choose from, they are in the
    text too, and the truth is one of the letters A to J. A question that asks for a `program` has
    tests, which the truth names.
    """

    id: str
    text: str
    truth: str
    options: tuple[str, ...] = ()
    program: ProgramTask | None = None


class Named(Protocol):
    """What has a name of its own."""

    @property
    def id(self) -> str:
        """The name."""
        ...


_Q = TypeVar("_Q", bound=Named)


class DatasetError(Exception):
    """A file of questions cannot be read: `path`, and `place` in it ("line 3", "entry 3")."""

    def __init__(self, path: Path, place: str | None, what: str) -> None:
        super().__init__(f"{path}{f', {place}' if place else ''}: {what}")
        self.path, self.place = path, place


def load(path: Path, fields: Fields = _FOUND_OUT) -> tuple[Question, ...]:
    """Read every question of a file, in its order.

    Raises:
        DatasetError: the file cannot be read, an entry lacks something, two have the same id of
            their own, or there is no entry.
    """
    questions: dict[str, Question] = {}
    seen: Counter[str] = Counter()
    for place, entry in entries(path):
        shaped = _shaped(path, place, entry, fields)
        name = shaped.id or _hash(shaped)
        seen[name] += 1
        if shaped.id and seen[name] > 1:
            raise DatasetError(path, place, f"has the id {name}, which an entry before it has")
        again = f".{seen[name]}" if seen[name] > 1 else ""
        questions[name + again] = Question(
            name + again, shaped.text, shaped.truth, shaped.options, shaped.program
        )
    if not questions:
        raise DatasetError(path, None, "holds no questions")
    return tuple(questions.values())


def sample(questions: Sequence[_Q], limit: int | None, seed: int) -> tuple[_Q, ...]:
    """Shuffle by `seed` and take the first `limit`, all of them if it is `None`.

    The order is that of SHA-256 of seed and id: the same on every machine, and the first 20 are
    among the first 50.
    """

    def place(question: Named) -> bytes:
        return hashlib.sha256(f"{seed}/{question.id}".encode()).digest()

    return tuple(sorted(questions, key=place)[:limit])


def _hash(shaped: Shaped) -> str:
    return hashlib.sha256(f"{shaped.text}\n{shaped.truth}".encode()).hexdigest()[:12]


def _shaped(path: Path, place: str, entry: JsonValue, fields: Fields) -> Shaped:
    try:
        return read(entry, fields)
    except Lacking as error:
        raise DatasetError(path, place, str(error)) from None


def entries(path: Path) -> Iterator[tuple[str, JsonValue]]:
    """Give each entry of a file of JSON, and its place there: "line 3", "entry 3".

    Raises:
        DatasetError: it cannot be read.
    """
    try:
        content = _text(path)
    except (UnicodeDecodeError, zlib.error, EOFError, gzip.BadGzipFile) as error:
        what = "UTF-8 text" if isinstance(error, UnicodeDecodeError) else "packed by gzip"
        raise DatasetError(path, None, f"cannot be read: is not {what}") from error
    except OSError as error:
        raise DatasetError(path, None, f"cannot be read: {error.strerror}") from error
    if content.lstrip().startswith("["):
        listed = _parsed(path, content, 1)
        assert isinstance(listed, list)
        yield from ((f"entry {i}", entry) for i, entry in enumerate(listed, 1))
        return
    for number, line in enumerate(content.split("\n"), 1):
        if line.strip():
            yield f"line {number}", _parsed(path, line, number)


def _text(path: Path) -> str:
    """Return what a file says, which may be packed by gzip."""
    read = gzip.decompress if path.suffix == ".gz" else bytes
    return read(path.read_bytes()).decode("utf-8-sig")


def _parsed(path: Path, text: str, first_line: int) -> JsonValue:
    try:
        value: JsonValue = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {first_line + error.lineno - 1}"
        raise DatasetError(path, place, f"is not JSON: {error.msg}") from error
    return value
