"""A file that a long run appends to, line by line, and from which it goes on after a crash.

Its first line holds the run's setup; another run's file is refused. Knows nothing of what the
further lines say.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

from pydantic import JsonValue, TypeAdapter, ValidationError
from typing_extensions import TypedDict

Settings: TypeAlias = Mapping[str, JsonValue]
"""All that what a run writes depends on, by name."""


class Heading(TypedDict):
    """The first line."""

    fingerprint: str
    setup: dict[str, JsonValue]


_HEADING = TypeAdapter(Heading)


class JournalError(Exception):
    """A journal cannot be gone on with; `path` is where it is."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path}: {what}")
        self.path = path


class Journal:
    """The journal of one run; for use inside `with`.

    A line is one write at the end of the file, so that a process killed at any moment leaves at
    most half a line, which the next one drops. The file is locked while it is open. `lines` are
    those it held when it was opened, without the setup.
    """

    def __init__(self, path: Path, setup: Settings) -> None:
        self.path, self.lines = path, list[bytes]()
        self._setup = setup
        self._file: int | None = None

    def __enter__(self) -> Self:
        """Open the file, or begin it, and read what it holds.

        Raises:
            JournalError: it cannot be opened, was made with another setup, is no journal, or
                another process is writing to it.
        """
        try:
            self._open()
        except OSError as error:
            self._close()
            raise JournalError(self.path, f"cannot be opened: {error.strerror}") from error
        except JournalError:
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

    def add(self, line: bytes) -> None:
        """Write a line; it is in the file when this returns.

        Raises:
            JournalError: it could not be written.
        """
        assert self._file is not None
        data = line + b"\n"
        try:
            whole = os.write(self._file, data) == len(data)
        except OSError as error:
            raise JournalError(self.path, f"cannot be written: {error.strerror}") from error
        if not whole:
            raise JournalError(self.path, "cannot be written: the disk is full")

    def stranger(self, place: int) -> JournalError:
        """Return the error of a line at this place among `lines` that says nothing."""
        return JournalError(self.path, f"line {place + 2} is not one of a run's file")

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise JournalError(self.path, "another run is writing to it") from None
        content = self.path.read_bytes()
        whole = content.rfind(b"\n") + 1
        os.ftruncate(self._file, whole)
        if whole:
            first, *self.lines = content[:whole].splitlines()
            self._compare(first)
        else:
            self.add(_heading(self._setup))

    def _compare(self, first: bytes) -> None:
        try:
            heading = _HEADING.validate_json(first)
        except ValidationError:
            raise JournalError(self.path, "line 1 is not one of a run's file") from None
        if heading["fingerprint"] != fingerprint(self._setup):
            differences = "; ".join(_differences(heading["setup"], self._setup))
            raise JournalError(self.path, f"holds another run: its {differences}")

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def fingerprint(setup: Settings) -> str:
    """Return 12 hexadecimal digits that only equal settings share."""
    return hashlib.sha256(json.dumps(setup, sort_keys=True).encode()).hexdigest()[:12]


def _heading(setup: Settings) -> bytes:
    return json.dumps({"fingerprint": fingerprint(setup), "setup": setup, "kind": "run"}).encode()


def _differences(theirs: Settings, ours: Settings) -> list[str]:
    """Return a phrase for each setting that differs: "seed is 1, not 0"."""
    return [
        f"{name} is {json.dumps(theirs.get(name))}, not {json.dumps(ours.get(name))}"
        for name in dict.fromkeys((*theirs, *ours))
        if theirs.get(name) != ours.get(name)
    ]
