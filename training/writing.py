"""Files that lose nothing: written beside and renamed, or a line at a time at their end."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

Write: TypeAlias = Callable[[str], None]
"""Writes one line, its end included."""


class OutputRefused(Exception):
    """The file `path` cannot be written to: it is not possible, or it holds something else."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path}: {what}")
        self.path = path


@contextmanager
def whole(path: Path) -> Iterator[Write]:
    """Write a file beside its place and put it there once all is written; else leave what was.

    Raises:
        OutputRefused: it cannot be written.
    """
    place = path.resolve()
    beside = place.with_name(f".{place.name}.{os.getpid()}")
    with _refusals(path):
        _prepare(path)
        file = beside.open("wb")

    def write(line: str) -> None:
        with _refusals(path):
            file.write(line.encode())

    try:
        yield write
        with _refusals(path):
            file.flush()
            os.fsync(file.fileno())
            beside.replace(place)
    finally:
        # What the disk had no room for is still to be written, and is given up with the file.
        with suppress(OSError):
            file.close()
        beside.unlink(missing_ok=True)


@contextmanager
def appended(path: Path) -> Iterator[Write]:
    """Open a file to go on at its end, a write a line; it is locked meanwhile.

    Half a line at the end, which a process killed while writing leaves, is dropped.

    Raises:
        OutputRefused: it cannot be written, or another process is writing to it.
    """
    with _refusals(path):
        _prepare(path)
        file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)

    def write(line: str) -> None:
        with _refusals(path):
            _append(path, file, line.encode())

    try:
        with _refusals(path):
            _lock(path, file)
            _mend(path, file)
        yield write
    finally:
        os.close(file)


@contextmanager
def anew(path: Path) -> Iterator[Write]:
    """Write a file from its beginning, a write a line; without a line there is no file.

    Raises:
        OutputRefused: it cannot be written, or another process is writing to it.
    """
    with _refusals(path):
        path.unlink(missing_ok=True)
    with ExitStack() as stack:
        opened: list[Write] = []

        def write(line: str) -> None:
            if not opened:
                opened.append(stack.enter_context(appended(path)))
            opened[0](line)

        yield write


def _prepare(path: Path) -> None:
    if path.exists() and not path.is_file():
        raise OutputRefused(path, "is not a file")
    path.parent.mkdir(parents=True, exist_ok=True)


def _append(path: Path, file: int, line: bytes) -> None:
    """Write a line in one piece, or nothing of it: what a full disk takes is cut off again."""
    written = os.write(file, line)
    if written < len(line):
        os.ftruncate(file, os.fstat(file).st_size - written)
        raise OutputRefused(path, "cannot be written: the disk is full")


def _lock(path: Path, file: int) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OutputRefused(path, "another process is writing to it") from None


def _mend(path: Path, file: int) -> None:
    """End the last line, or drop it if it is only half of one."""
    ended, last = 0, b""
    with path.open("rb") as lines:
        for line in lines:
            ended, last = (ended + len(line), b"") if line.endswith(b"\n") else (ended, line)
    if last and not last.startswith(b"{"):
        raise OutputRefused(path, "does not end in a line of JSON")
    try:
        json.loads(last or b"0")
    except ValueError:
        os.ftruncate(file, ended)
    else:
        os.write(file, b"\n" if last else b"")


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputRefused(path, f"cannot be written: {error.strerror}") from error
