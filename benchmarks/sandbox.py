"""`python -m benchmarks.sandbox`: what it costs to run a program in the sandbox, over HTTP.

Three ways in turns, so that what else the machine does hits all of them: a bare `python -I -S`, a
sandbox that waits, and one that has to be started first.
"""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from statistics import median, quantiles
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from sandbox.identity import Identity
from sandbox.interpreter import find_python
from sandbox.wire import MEBIBYTE, Limits

_PROGRAM = "print(1)"
_FILE = {"name": "main.py", "content": _PROGRAM}
_OTHER_DISK = Limits().disk_bytes + MEBIBYTE
"""Of a size that no sandbox waits with."""


class Client:
    """A server of sandboxes, asked over one connection."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)

    def execute(self, limits: Mapping[str, int]) -> None:
        """Run the program.

        Raises:
            ValueError: it did not go as it should.
        """
        told = self._ask("POST", "/execute", {"files": [_FILE], "limits": limits})
        if told.get("stdout") != "1\n":
            raise ValueError(f"the sandbox answered {told}")

    def wait(self) -> None:
        """Wait until a sandbox waits."""
        while not self._ask("GET", "/ready", None).get("warm"):
            time.sleep(0.005)

    def _ask(self, method: str, path: str, body: object) -> dict[str, Any]:
        self._connection.request(method, path, json.dumps(body))
        told: dict[str, Any] = json.loads(self._connection.getresponse().read())
        return told


def main(
    n: Annotated[int, typer.Option("--n", min=20, help="Runs, each way.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Measure a bare interpreter, a warm sandbox and a cold one."""
    python = find_python(Identity.here()).executable
    with _served() as url:
        client = Client(url)
        ways: dict[str, Callable[[], object]] = {
            "bare": lambda: _bare(str(python)),
            "warm": lambda: client.execute({}),
            "cold": lambda: client.execute({"disk_bytes": _OTHER_DISK}),
        }
        seconds: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(n):
            for way, run in ways.items():
                client.wait()
                seconds[way].append(_timed(run))
    bare = median(seconds["bare"])
    rows = [_row(way, taken, bare) for way, taken in seconds.items()]
    load = round(os.getloadavg()[0], 1)
    typer.echo(json.dumps({"n": n, "load": load, "rows": rows}) if as_json else _table(rows, load))


@contextmanager
def _served() -> Iterator[str]:
    command = [sys.executable, "-m", "sandbox", "--warm", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:  # noqa: S603 - a constant
        try:
            assert server.stdout
            yield json.loads(server.stdout.readline())["address"]
        finally:
            server.terminate()


def _bare(python: str) -> None:
    command = [python, "-I", "-S", "-c", _PROGRAM]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - a constant


def _timed(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def _row(way: str, taken: list[float], bare: float) -> dict[str, float | str]:
    return {
        "way": way,
        "median_ms": round(1e3 * median(taken), 1),
        "p95_ms": round(1e3 * quantiles(taken, n=20)[-1], 1),
        "ratio": round(median(taken) / bare, 2),
    }


def _table(rows: list[dict[str, float | str]], load: float) -> str:
    head = "| way | median ms | p95 ms | of the bare median |\n|---|---|---|---|"
    lines = [f"| {' | '.join(str(value) for value in row.values())} |" for row in rows]
    return "\n".join([head, *lines, "", f"load {load}"])


if __name__ == "__main__":
    typer.run(main)
