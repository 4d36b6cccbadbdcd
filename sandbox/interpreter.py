"""Which Python a sandbox can use: one that its user may read and execute.

Knows where Pythons are and what they need beside them. Knows no bubblewrap.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import NoTier
from sandbox.identity import Identity

_QUESTION = """\
import json, sys, sysconfig
print(json.dumps([sys.executable, sys.base_prefix, sys.version_info[:3],
                  sysconfig.get_path("stdlib")]))"""
_OLDEST = (3, 11)
_PATIENCE_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A program that runs programs.

    Attributes:
        executable: its real path.
        version: as people write it.
        needs: files and folders that it reads, beside the machine's libraries.
    """

    executable: Path
    version: str
    needs: tuple[Path, ...]


def find_python(identity: Identity) -> Interpreter:
    """Return the first Python, our own if possible, that the sandbox's user can run.

    Raises:
        NoTier: there is none.
    """
    tried = []
    for candidate in _candidates():
        found = _ask(candidate, identity)
        if found is not None:
            return found
        tried.append(str(candidate))
    raise NoTier(
        [f"user {identity.uid} can run no Python 3.11 or newer (tried {', '.join(tried)})"],
        "Install one that every user can read and execute, such as the system's.",
    )


def _candidates() -> Iterator[Path]:
    own: str = getattr(sys, "_base_executable", "") or sys.executable
    names = [own, "/usr/bin/python3", "/usr/local/bin/python3"]
    seen = set()
    for name in [*names, *(f"/usr/bin/python3.{minor}" for minor in range(15, 10, -1))]:
        path = Path(os.path.realpath(name))
        if path not in seen and path.exists():
            seen.add(path)
            yield path


def _ask(candidate: Path, identity: Identity) -> Interpreter | None:
    """Run a Python as the sandbox's user, on a question of ours, and return what it is."""
    try:
        told = subprocess.run(  # noqa: S603 - a Python of this machine, asked by us
            [candidate, "-I", "-S", "-c", _QUESTION],
            capture_output=True, check=True, cwd="/", env={}, stdin=subprocess.DEVNULL,
            timeout=_PATIENCE_SECONDS, **identity.arguments,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    executable, prefix, version, standard = json.loads(told.stdout)
    if tuple(version) < _OLDEST:
        return None
    needs = (Path(executable), Path(prefix, "lib"), Path(standard))
    return Interpreter(Path(executable), ".".join(map(str, version)), needs)
