"""`fathom serve` in a process of its own, in front of a backend whose calls take a set time."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx2

from tests.app.conftest import FATHOM

T = TypeVar("T")
CHAT = "/v1/chat/completions"
_ROOT = Path(__file__).parents[2]
_MOCK = [sys.executable, "-m", "benchmarks.mock"]


@dataclass
class Served:
    """A running service: its process, where it listens, and the file of its log."""

    process: subprocess.Popen[str]
    url: str
    log: Path

    def logged(self, event: str) -> dict[str, Any] | None:
        """The newest line of the log on this event."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line[:1] == "{"]
        return next((line for line in reversed(lines) if line["event"] == event), None)

    def wait_for(self, event: str) -> dict[str, Any]:
        """The newest line of the log on this event, once there is one."""
        return until(lambda: self.logged(event))

    def models(self) -> list[str]:
        return [card["id"] for card in httpx2.get(f"{self.url}/v1/models").json()["data"]]

    def children(self) -> list[int]:
        """Its children that live."""
        told = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in told.split()]


def until(found: Callable[[], T | None]) -> T:
    """What is found in the end; the test's own time limit is the limit."""
    while True:
        if (it := found()) is not None:
            return it
        time.sleep(0.01)


def gone(pid: int) -> bool | None:
    """True once a process has ended, though nobody may have asked for its status yet."""
    status = Path(f"/proc/{pid}/stat")
    try:
        return True if status.read_text().rpartition(") ")[2][0] == "Z" else None
    except (FileNotFoundError, ProcessLookupError):
        return True


@contextmanager
def backend() -> Iterator[str]:
    """The address of a backend that answers at once, until it is slowed down."""
    with subprocess.Popen(
        _MOCK, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=_ROOT
    ) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            assert process.stdin
            process.stdin.close()


def slow_down(url: str, milliseconds: float) -> None:
    """Have calls of a backend take so long."""
    httpx2.post(f"{url}/_reset", json={"latency_ms": milliseconds})


@contextmanager
def served(folder: Path, text: str) -> Iterator[Served]:
    """A service with these settings, once it can answer; its file is `fathom.yaml` in a folder."""
    (folder / "fathom.yaml").write_text(text)
    command = [FATHOM, "serve", "--port", "0", "--config", str(folder / "fathom.yaml")]
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            yield Served(process, _address(process), folder / "log")
        finally:
            process.kill()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    for line in process.stdout:
        if line.startswith("  address"):
            return line.split()[1].removesuffix("/v1")
    raise AssertionError(f"the service ended with {process.wait()}")
