"""A run's file: its setup in the first line, then a line for each question as its search ends."""

import fcntl
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Discriminator, TypeAdapter, ValidationError

from engines.base import Usage
from evaluation.fingerprint import Setup
from search.run import Stop


@dataclass(frozen=True, slots=True)
class Heading:
    """The first line: how every question of the file was asked."""

    fingerprint: str
    setup: Setup
    kind: Literal["run"] = "run"


@dataclass(frozen=True, slots=True)
class Answered:
    """A search came to its end.

    Attributes:
        id: the question's.
        question: its text.
        truth: the answer known to be right.
        given: the final answer of the search's solution; `None` if it gives none.
        right: whether the two are equal.
        text: the solution.
        solutions: how many solutions the search ended with, the chosen one among them.
        solutions_right: how many of those give the true answer.
        stop: what ended the search.
        seconds: from the search's start to its end.
        generator: cost of drawing.
        verifier: cost of judging.
        degradations: what was not done as asked for.
    """

    id: str
    question: str
    truth: str
    given: str | None
    right: bool
    text: str
    solutions: int
    solutions_right: int
    stop: Stop
    seconds: float
    generator: Usage
    verifier: Usage
    degradations: tuple[str, ...] = ()
    kind: Literal["answered"] = "answered"


@dataclass(frozen=True, slots=True)
class Failed:
    """A search raised `error`; it is run again when the run is resumed. The cost is up to then."""

    id: str
    question: str
    truth: str
    error: str
    seconds: float
    generator: Usage
    verifier: Usage
    kind: Literal["failed"] = "failed"


Record: TypeAlias = Answered | Failed
_Line: TypeAlias = Annotated[Heading | Answered | Failed, Discriminator("kind")]
_LINE: TypeAdapter[Heading | Record] = TypeAdapter(_Line)


class RecordsError(Exception):
    """A file of records cannot be gone on with; `path` is where it is."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path}: {what}")
        self.path = path


@dataclass(slots=True)
class Records:
    """The records of a run by question, on disk too if `path` is given; for use inside `with`.

    A line is one write at the end of the file, so that a process killed at any moment leaves at
    most half a line, which the next one drops. The file is locked while it is open.
    """

    setup: Setup
    path: Path | None = None
    kept: dict[str, Record] = field(default_factory=dict)
    _file: int | None = None

    def __enter__(self) -> Self:
        """Open the file, or begin it, and read what it holds.

        Raises:
            RecordsError: it cannot be opened, was made with another setup, is no file of records,
                or another process is writing to it.
        """
        if self.path is not None:
            try:
                self._open(self.path)
            except OSError as error:
                raise RecordsError(self.path, f"cannot be opened: {error.strerror}") from error
            except BaseException:
                self._close()
                raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def add(self, record: Record) -> None:
        """Keep a record; it is in the file when this returns.

        Raises:
            RecordsError: it could not be written.
        """
        self.kept[record.id] = record
        self._write(record)

    def answered(self, id: str) -> bool:  # noqa: A002 - the question's own word
        """Say whether a question was answered, and need not be asked again."""
        return isinstance(self.kept.get(id), Answered)

    def _open(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RecordsError(path, "another run is writing to it") from None
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        os.ftruncate(self._file, whole)
        if whole:
            self._read(path, content[:whole].splitlines())
        else:
            self._write(Heading(self.setup.fingerprint, self.setup))

    def _read(self, path: Path, lines: Sequence[bytes]) -> None:
        for number, line in enumerate(lines, 1):
            try:
                record = _LINE.validate_json(line)
            except ValidationError:
                raise RecordsError(path, f"line {number} is not one of a run's file") from None
            if isinstance(record, Heading):
                self._compare(path, record)
            elif number == 1:
                raise RecordsError(path, "does not begin with a run's setup")
            else:
                self.kept[record.id] = record

    def _compare(self, path: Path, heading: Heading) -> None:
        if heading.fingerprint != self.setup.fingerprint:
            differences = "; ".join(heading.setup.differences(self.setup))
            raise RecordsError(path, f"holds another run: its {differences}")

    def _write(self, line: Heading | Record) -> None:
        if self.path is None or self._file is None:
            return
        data = _LINE.dump_json(line) + b"\n"
        try:
            whole = os.write(self._file, data) == len(data)
        except OSError as error:
            raise RecordsError(self.path, f"cannot be written: {error.strerror}") from error
        if not whole:
            raise RecordsError(self.path, "cannot be written: the disk is full")

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
