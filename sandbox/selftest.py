"""Whether a sandbox isolates: a program tries to get out of it, and is looked at from outside.

Nothing is believed of a sandbox that this has not seen hold. Knows nothing of tiers and servers.
"""

import json
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from sandbox.errors import StartFailed
from sandbox.memory import below
from sandbox.run import run
from sandbox.started import Recipe, Sandbox, start
from sandbox.wire import MEBIBYTE, Executed, Execution, File, Limits

_PROBE = Path(__file__).with_name("probe.py")
_NAMESPACES = ("user", "pid", "net", "ipc", "uts", "mnt")
_LIMITS = Limits(seconds=20, disk_bytes=2 * MEBIBYTE, memory_bytes=1024 * MEBIBYTE, processes=8)
_ENVIRONMENT = ["HOME", "LANG", "MALLOC_ARENA_MAX", "PATH", "PWD", "TMPDIR"]
_FIRST_PROCESSES = 10
_ENDLESS = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: pass"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that has to hold.

    Attributes:
        what: a sentence that is true where it holds.
        holds: whether it does.
        seen: what was seen.
    """

    what: str
    holds: bool
    seen: str


async def examine(recipe: Recipe) -> list[Finding]:
    """Start two sandboxes of a recipe, and return what was found out about them."""
    try:
        return [*await _probed(recipe), await _timed(recipe)]
    except StartFailed as error:
        return [Finding("a sandbox starts", False, str(error))]


async def _probed(recipe: Recipe) -> list[Finding]:
    sandbox = await start(recipe, _LIMITS.disk_bytes)
    try:
        findings = [Finding("a sandbox starts", True, f"{recipe.bubblewrap}"), *_outside(sandbox)]
        with NamedTemporaryFile("w", prefix="fathom-outside-") as file:
            os.chmod(file.name, 0o644)
            question = json.dumps({"file": file.name, "process": os.getpid()})
            probe = File(name="probe.py", content=_PROBE.read_text())
            job = Execution(files=(probe,), stdin=question, limits=_LIMITS)
            executed = await run(sandbox, job, memory_bytes=_LIMITS.memory_bytes)
    finally:
        await sandbox.end()
    return [*findings, *_inside(executed)]


def _outside(sandbox: Sandbox) -> Iterator[Finding]:
    """Look at the process that waits for the job, as the kernel sees it."""
    waiting = next(iter(below(sandbox.init)), None)
    if waiting is None:
        yield Finding("its processes can be seen from outside", False, "there are none")
        return
    yield _namespaces(waiting)
    status = dict(line.split(":\t", 1) for line in _read(waiting / "status").splitlines())
    for field, wanted, what in (
        ("Seccomp", "2", "system calls are filtered"),
        ("NoNewPrivs", "1", "no program gains privileges"),
        ("CapBnd", "0" * 16, "there are no capabilities to be had"),
        ("CapEff", "0" * 16, "it has no capabilities"),
    ):
        seen = status.get(field, "nothing").strip()
        yield Finding(what, seen == wanted, f"{field} is {seen}")
    uid = status.get("Uid", "0").split()[0]
    yield Finding("it is not root outside", uid != "0", f"user {uid}")


def _namespaces(process: Path) -> Finding:
    shared = []
    for name in _NAMESPACES:
        try:
            inside, ours = os.readlink(process / "ns" / name), os.readlink(f"/proc/self/ns/{name}")
        except OSError as error:
            return Finding("it has namespaces of its own", False, f"{name}: {error.strerror}")
        if inside == ours:
            shared.append(name)
    seen = f"shares {', '.join(shared)}" if shared else ", ".join(_NAMESPACES)
    return Finding("it has namespaces of its own", not shared, seen)


def _read(path: Path) -> str:
    with suppress(OSError):
        return path.read_text()
    return ""


def _refused(*codes: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda tried: tried.get("error") in codes


def _came_to(fits: Callable[[Any], bool]) -> Callable[[Mapping[str, Any]], bool]:
    return lambda tried: "came_to" in tried and fits(tried["came_to"])


_EXPECTED: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], bool]]] = {
    "read": ("files outside cannot be read", _refused("ENOENT")),
    "signal": ("processes outside cannot be signalled", _refused("ESRCH")),
    "root": ("the root cannot be written", _refused("EROFS")),
    "system": ("the interpreter cannot be written", _refused("EROFS")),
    "devices": ("/dev cannot be written", _refused("EROFS")),
    "shell": ("there is no shell", _refused("ENOENT")),
    "passwords": ("there is no configuration of the machine", _refused("ENOENT")),
    "network": ("sockets are refused", _refused("EPERM")),
    "namespace": ("namespaces are refused", _refused("EPERM")),
    "memory": ("memory is limited", _refused("ENOMEM")),
    "disk": ("disk is limited", _came_to(lambda size: size <= _LIMITS.disk_bytes)),
    "threads": ("processes are limited", _came_to(lambda n: 0 < n < _LIMITS.processes)),
    "environment": ("the environment is empty", _came_to(lambda names: names == _ENVIRONMENT)),
    "descriptors": ("no descriptors are inherited", _came_to(lambda found: found == [0, 1, 2])),
    "user": ("it is not root inside", _came_to(lambda uid: uid != 0)),
    "number": ("processes are counted anew", _came_to(lambda pid: pid <= _FIRST_PROCESSES)),
    "folder": ("it starts in a folder of its own", _came_to(lambda names: names == ["probe.py"])),
}


def _inside(executed: Executed) -> Iterator[Finding]:
    """Read what the program said it managed."""
    try:
        tried = json.loads(executed.stdout)
    except ValueError:
        said = executed.stderr.strip().rpartition("\n")[2] or f"ended by {executed.ended}"
        yield Finding("a program runs", False, said)
        return
    for name, (what, holds) in _EXPECTED.items():
        came = tried[name]
        yield Finding(what, holds(came), str(came.get("error", came.get("came_to"))))


async def _timed(recipe: Recipe) -> Finding:
    limits = _LIMITS.model_copy(update={"seconds": 0.2})
    job = Execution(files=(File(name="endless.py", content=_ENDLESS),), limits=limits)
    sandbox = await start(recipe, limits.disk_bytes)
    try:
        executed = await run(sandbox, job, memory_bytes=limits.memory_bytes)
    finally:
        await sandbox.end()
    holds = executed.ended == "time" and executed.signal == signal.SIGKILL
    return Finding("a program that does not end is ended", holds, f"{executed.seconds:.1f} s")
