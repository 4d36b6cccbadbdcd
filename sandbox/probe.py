"""A program that tries to get out, run inside by `selftest`, which is told what it managed.

Prints one JSON object: for each attempt, by name, what came of it. What it tries is harmless where
nothing holds it. Its input names a file outside and a process outside. Imports nothing of ours.
"""

import ctypes
import errno
import json
import os
import socket
import threading
from collections.abc import Callable
from typing import Any

_CLONE_NEWUSER = 0x10000000
_PROCESSES_TRIED = 200
_FILES_TRIED = 8
_MEMORY_TRIED = 1 << 40


def main() -> None:
    """Try everything, and say what came of it."""
    outside = json.loads(input())
    attempts: dict[str, Callable[[], object]] = {
        "read": lambda: os.close(os.open(outside["file"], os.O_RDONLY)),
        "signal": lambda: os.kill(outside["process"], 0),
        "root": lambda: _write("/fathom-was-here"),
        "system": lambda: _write(f"{os.path.dirname(os.__file__)}/fathom-was-here"),
        "devices": lambda: _write("/dev/fathom-was-here"),
        "shell": lambda: os.stat("/bin/sh"),
        "passwords": lambda: os.stat("/etc/passwd"),
        "network": lambda: socket.socket().close(),
        "namespace": _unshare,
        "memory": lambda: bytearray(_MEMORY_TRIED),
        "disk": _fill,
        "threads": _threads,
        "environment": lambda: sorted(os.environ),
        "descriptors": _descriptors,
        "user": os.getuid,
        "number": os.getpid,
        "folder": lambda: sorted(os.listdir(".")),
    }
    print(json.dumps({name: _tried(attempt) for name, attempt in attempts.items()}))  # noqa: T201


def _tried(attempt: Callable[[], object]) -> dict[str, Any]:
    try:
        return {"came_to": attempt()}
    except MemoryError:
        return {"error": "ENOMEM"}
    except RuntimeError as error:
        return {"error": str(error)}
    except OSError as error:
        return {"error": errno.errorcode.get(error.errno or 0, str(error))}


def _write(path: str) -> None:
    with open(path, "x"):
        os.unlink(path)


def _unshare() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWUSER):
        raise OSError(ctypes.get_errno(), "unshare")


def _fill() -> int:
    """Write file after file until there is no more room; return how many bytes there was for."""
    names = [f"fill{number}" for number in range(_FILES_TRIED)]
    written = sum(map(_fill_one, names))
    for name in names:
        os.unlink(name)
    return written


def _fill_one(name: str) -> int:
    written = 0
    with open(name, "wb", buffering=0) as file:
        try:
            while True:
                written += file.write(bytes(1 << 18))
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EFBIG):
                raise
    return written


def _threads() -> int:
    """Start threads until no more can be; return how many could."""
    done = threading.Event()
    started: list[threading.Thread] = []
    try:
        for _ in range(_PROCESSES_TRIED):
            thread = threading.Thread(target=done.wait, daemon=True)
            thread.start()
            started.append(thread)
    except RuntimeError:
        pass  # what is hoped for
    finally:
        done.set()
        for thread in started:
            thread.join()
    return len(started)


def _descriptors() -> list[int]:
    found = []
    for number in range(256):
        try:
            os.fstat(number)
        except OSError:
            continue
        found.append(number)
    return found


if __name__ == "__main__":
    main()
