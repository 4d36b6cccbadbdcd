"""Child processes that always end, and what they use. CPU and memory are known on Linux only."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

_PROC = Path("/proc")
_STOP_SECONDS = 15.0


class ChildFailed(Exception):
    """A child did not come up; the message says where its log is."""


@contextmanager
def child(
    command: Sequence[str], log: Path, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Run a command until the context ends, its standard error in `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as errors:
        process = subprocess.Popen(  # noqa: S603 - our own commands
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
            env=os.environ | dict(env or {}),
        )  # fmt: skip
        try:
            yield process
        finally:
            _stop(process)


def end_politely() -> None:
    """Make being told to end an exit like any other, so that children are stopped."""
    signal.signal(signal.SIGTERM, lambda *_: exit_with(128 + signal.SIGTERM))


def exit_with(code: int) -> None:
    """Leave, by way of every `finally`."""
    raise SystemExit(code)


def free_port() -> int:
    """Return a port of the loopback that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def cpu_seconds(pid: int) -> float | None:
    """Return the processor time used so far by a process, its children apart."""
    if not _PROC.exists():
        return None
    fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float | None:
    """Return the resident memory of a process alone, `None` if unknown."""
    if not _PROC.exists():
        return None
    pages = int((_PROC / str(pid) / "statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _stop(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
