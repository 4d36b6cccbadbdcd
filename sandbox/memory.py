"""How much memory a sandbox's processes have together, which no limit of the kernel's bounds.

A limit on addresses is a process's, and a program may have many. So it is looked at, many times a
second, from outside. Knows Linux's `/proc`; knows nothing of runs.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_FILE_BYTES = 1024
"""Of kernel memory for a file's name and what the kernel knows of it."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Memory in bytes: of the largest process, and of all together with the files they wrote."""

    largest: int
    together: int


def memory_below(pid: int, *, worrying: int) -> Memory:
    """Return the memory of the processes that a process started, and of those they started.

    Pages that processes share are counted for each, which is quick; if that comes to more than
    `worrying` bytes, they are counted once.
    """
    processes = list(below(pid))
    sizes = [_field(process / "status", ("RssAnon:", "RssShmem:")) for process in processes]
    together = sum(sizes)
    if together > worrying:
        together = sum(_field(process / "smaps_rollup", ("Pss:",)) for process in processes)
    return Memory(max(sizes, default=0), together + sum(map(_files, processes[:1])))


def below(pid: int) -> Iterator[Path]:
    """Find, in `/proc`, the processes that a process started, and those they started."""
    waiting = [pid]
    while waiting:
        children = list(_children(_PROC / str(waiting.pop())))
        waiting += children
        yield from (_PROC / str(child) for child in children)


def _children(process: Path) -> Iterator[int]:
    try:
        threads = os.listdir(process / "task")
    except OSError:
        return  # it has ended since
    for thread in threads:
        yield from map(int, _read(process / "task" / thread / "children").split())


def _files(process: Path) -> int:
    """Return the memory of the files that a sandbox's process sees in its one folder.

    Files without content are memory too, which no limit of the kernel's counts: it was measured.
    """
    try:
        seen = os.statvfs(process / "root" / "tmp")
    except OSError:
        return 0  # it has ended since
    used = (seen.f_blocks - seen.f_bfree) * seen.f_frsize
    return used + (seen.f_files - seen.f_ffree) * _FILE_BYTES


def _field(file: Path, names: tuple[str, ...]) -> int:
    lines = (line.split() for line in _read(file).splitlines())
    return sum(1024 * int(words[1]) for words in lines if words and words[0] in names)


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""  # it has ended since
