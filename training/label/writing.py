"""Files that lose nothing: written beside and renamed, or a line at a time at their end."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeAlias

from training.label.errors import OutputRefused

Write: TypeAlias = Callable[[str], None]
"""Writes one line, its end included."""


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
    try:
        with file:
            yield lambda line: _put(path, file.write, line)
            with _refusals(path):
                file.flush()
                os.fsync(file.fileno())
        with _refusals(path):
            beside.replace(place)
    finally:
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
    try:
        with _refusals(path):
            _lock(path, file)
            _mend(path, file)
        yield lambda line: _put(path, lambda data: os.write(file, data), line)
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


def _put(path: Path, write: Callable[[bytes], int], line: str) -> None:
    data = line.encode()
    with _refusals(path):
        if write(data) < len(data):
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
