"""The servers that are measured: the mock backend, and Fathom in front of it twice."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError

from benchmarks.cases import Server
from benchmarks.processes import ChildFailed, child, free_port

_ROUTES: tuple[Server, ...] = ("ids", "text")
FOLDER = Path(".cache") / "fathom" / "bench"
"""Where logs and reports are kept."""
_START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Served:
    """Where the servers listen, and the processes they are."""

    urls: dict[Server, str]
    pids: dict[Server, int]

    def set_latency(self, milliseconds: float) -> None:
        """Have the backend take this long for every call from now on."""
        body = json.dumps({"latency_ms": milliseconds}).encode()
        asked = urllib.request.Request(f"{self.urls['backend']}/_reset", body)  # noqa: S310
        with _opener().open(asked, timeout=5):
            pass


@contextmanager
def serve() -> Iterator[Served]:
    """Run the servers until the context ends, and give them once they answer.

    Raises:
        ChildFailed: one did not come up.
    """
    urls: dict[Server, str] = {}
    pids: dict[Server, int] = {}
    with ExitStack() as stack:
        command = [sys.executable, "-m", "benchmarks.mock"]
        backend = stack.enter_context(child(command, FOLDER / "backend.log"))
        assert backend.stdout is not None
        urls["backend"], pids["backend"] = backend.stdout.readline().strip(), backend.pid
        for route in _ROUTES:
            port = free_port()
            command = [*_fathom(route, urls["backend"]), "--port", str(port)]
            fathom = stack.enter_context(child(command, FOLDER / f"{route}.log"))
            urls[route], pids[route] = f"http://127.0.0.1:{port}", fathom.pid
            wait(fathom, f"{urls[route]}/ready", FOLDER / f"{route}.log")
        yield Served(urls, pids)


def _fathom(route: Server, backend: str) -> list[str]:
    file = FOLDER / f"{route}.yaml"
    settings = {
        "engine": {"kind": "vllm", "url": backend, "route": route},
        "scorers": {"confidence": {"kind": "confidence"},
                    "prm": {"kind": "prm_pooling", "url": backend}},
        "scorer": ["confidence"],
    }  # fmt: skip
    file.parent.mkdir(parents=True, exist_ok=True)
    # JSON is YAML.
    file.write_text(json.dumps(settings))
    return [str(Path(sys.executable).with_name("fathom")), "serve", "--config", str(file)]


def wait(fathom: subprocess.Popen[str], url: str, log: Path) -> None:
    """Return when a Fathom answers that it is ready.

    Raises:
        ChildFailed: it did not.
    """
    deadline = time.monotonic() + _START_SECONDS
    while fathom.poll() is None and time.monotonic() < deadline:
        try:
            with _opener().open(url, timeout=5):
                return
        except (HTTPError, URLError, ConnectionError):
            time.sleep(0.1)
    raise ChildFailed(f"Fathom ended, or was not ready after {_START_SECONDS:.0f} s: see {log}")


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))
