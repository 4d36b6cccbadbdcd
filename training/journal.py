"""A file that a long run appends to, line by line, and from which it goes on after a crash.

Its first line holds the run's setup; another run's file is refused. Knows nothing of what the
further lines say.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias, TypeVar

from pydantic import JsonValue, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from training.writing import OutputRefused, Write, appended

T = TypeVar("T")
Settings: TypeAlias = Mapping[str, JsonValue]
"""All that what a run writes depends on, by name."""


class Heading(TypedDict):
    """The first line."""

    fingerprint: str
    setup: dict[str, JsonValue]


_HEADING = TypeAdapter(Heading)


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal of one run. `lines` are those it held when it was opened, without the setup."""

    path: Path
    lines: Sequence[bytes]
    write: Write

    def add(self, line: bytes) -> None:
        """Write a line; it is in the file when this returns.

        Raises:
            OutputRefused: it could not be written.
        """
        self.write(f"{line.decode()}\n")

    def read(self, record: TypeAdapter[T]) -> Iterator[T]:
        """Read the records that it held when it was opened, one after the other.

        Raises:
            OutputRefused: a line is none.
        """
        for number, line in enumerate(self.lines, 2):
            try:
                yield record.validate_json(line)
            except ValidationError:
                raise OutputRefused(
                    self.path, f"line {number} is not one of a run's file"
                ) from None


@contextmanager
def journal(path: Path, setup: Settings) -> Iterator[Journal]:
    """Open the journal of a run, or begin it.

    It is written as `appended` does: a process killed at any moment loses at most the line it was
    writing, and no other can write meanwhile.

    Raises:
        OutputRefused: it cannot be written, was made with another setup, or is no journal.
    """
    with appended(path) as write:
        held = _lines(path)
        if held:
            _compare(path, held[0], setup)
        else:
            write(_heading(setup))
        yield Journal(path, held[1:], write)


@dataclass(slots=True)
class LongJournal:
    """The journal of a run too long to be held in memory: a line is read where it is wanted."""

    path: Path
    write: Write
    _file: BinaryIO
    _end: int = 0

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Read all lines but the setup, each with its place in the file, in bytes.

        Raises:
            OutputRefused: the file cannot be read.
        """
        with _readable(self.path):
            self._file.seek(0)
            for line in self._file:
                begin, self._end = self._end, self._end + len(line)
                if begin:
                    yield begin, line

    def at(self, place: int) -> bytes:
        """Return the line at a place.

        Raises:
            OutputRefused: the file cannot be read.
        """
        with _readable(self.path):
            self._file.seek(place)
            return self._file.readline()

    def add(self, line: bytes) -> int:
        """Write a line, and return its place; it is in the file when this returns.

        Raises:
            OutputRefused: it could not be written.
        """
        place = self._end
        self.write(f"{line.decode()}\n")
        self._end += len(line) + 1
        return place

    def stranger(self, place: int) -> OutputRefused:
        """Return the error of a line at this place in the file that says nothing."""
        return OutputRefused(self.path, f"the line at byte {place} is not one of a run's file")


@contextmanager
def long_journal(path: Path, setup: Settings) -> Iterator[LongJournal]:
    """Open the journal of a run as `journal` does, but hold none of its lines.

    `lines` is to be read to its end once, before any is added.

    Raises:
        OutputRefused: as `journal`.
    """
    with appended(path) as write, _opened(path) as file:
        if first := file.readline():
            _compare(path, first, setup)
        else:
            write(_heading(setup))
        yield LongJournal(path, write, file)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    with _readable(path):
        file = path.open("rb")
    with file:
        yield file


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputRefused(path, f"cannot be read: {error.strerror}") from error


def _lines(path: Path) -> list[bytes]:
    with _readable(path):
        return path.read_bytes().splitlines()


def _compare(path: Path, first: bytes, setup: Settings) -> None:
    try:
        heading = _HEADING.validate_json(first)
    except ValidationError:
        raise OutputRefused(path, "line 1 is not one of a run's file") from None
    if heading["fingerprint"] != fingerprint(setup):
        differences = "; ".join(_differences(heading["setup"], setup))
        raise OutputRefused(path, f"holds another run: its {differences}")


def fingerprint(setup: Settings) -> str:
    """Return 12 hexadecimal digits that only equal settings share."""
    return hashlib.sha256(json.dumps(setup, sort_keys=True).encode()).hexdigest()[:12]


def _heading(setup: Settings) -> str:
    told = {"fingerprint": fingerprint(setup), "setup": setup, "kind": "run"}
    return json.dumps(told) + "\n"


def _differences(theirs: Settings, ours: Settings) -> list[str]:
    """Return a phrase for each setting that differs: "seed is 1, not 0"."""
    return [
        f"{name} is {json.dumps(theirs.get(name))}, not {json.dumps(ours.get(name))}"
        for name in dict.fromkeys((*theirs, *ours))
        if theirs.get(name) != ours.get(name)
    ]
