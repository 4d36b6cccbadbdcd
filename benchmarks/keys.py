"""`python -m benchmarks.keys`: what it costs that a request comes with a key.

Four ways in turns, so that what else the machine does hits all of them: a service that wants no
keys; and one that does, asked with the key of its settings, with a key without limits, and with one
that has every limit there is. The same search each time, of a backend that answers at once.
"""

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Annotated
from urllib.parse import urlsplit

import typer

from benchmarks.cases import Case, cases
from benchmarks.processes import child, end_politely, free_port
from benchmarks.servers import FOLDER, wait

_FATHOM = str(Path(sys.executable).with_name("fathom"))
_ADMIN_KEY = "of-the-settings"
_EVERY_LIMIT = (
    "--requests-per-minute=1000000", "--tokens-per-minute=1000000000", "--concurrent-searches=100",
    "--max-tokens=100000", "--max-seconds=60", "--daily-tokens=1000000000000",
)  # fmt: skip
_WARM_UP = 20


@dataclass(slots=True)
class Way:
    """One way to ask, and how long its answers took, in milliseconds."""

    name: str
    url: str
    headers: dict[str, str]
    took: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)

    _connection: http.client.HTTPConnection = field(init=False)

    def ask(self, body: bytes) -> None:
        """Ask once, and take note of how long it took.

        Raises:
            ValueError: the answer was no completion.
        """
        began = time.perf_counter()
        headers = {"content-type": "application/json"} | self.headers
        self._connection.request("POST", "/v1/chat/completions", body, headers)
        answer = self._connection.getresponse()
        told = answer.read()
        self.took.append(1e3 * (time.perf_counter() - began))
        if answer.status != http.client.OK:
            raise ValueError(f"{self.name}: {told.decode()}")


def main(
    n: Annotated[int, typer.Option("--n", min=20, help="Requests, each way.")] = 500,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Measure requests with and without keys."""
    end_politely()
    with _ways() as ways:
        _ask(ways, n)
    report = [_row(way, ways[0]) for way in ways]
    if as_json:
        typer.echo(json.dumps(report))
        return
    for row in report:
        typer.echo("  ".join(f"{key} {value}" for key, value in row.items()))


def _ask(ways: Sequence[Way], n: int) -> None:
    write = _case().bodies(count())
    for turn in range(_WARM_UP + n):
        for way in ways:
            if turn == _WARM_UP:
                way.took.clear()
            way.ask(write())


def _case() -> Case:
    """Return what is asked: within a budget, as a search under a key with one would be anyway."""
    case = cases(8)[1]
    search = case.request["search"] | {"budget": {"tokens": 100_000, "seconds": 60}}
    return replace(case, request=case.request | {"search": search})


def _row(way: Way, first: Way) -> dict[str, str | float]:
    own, base = median(way.took), median(first.took)
    differences = [mine - theirs for mine, theirs in zip(way.took, first.took, strict=True)]
    return {
        "way": way.name,
        "median_ms": round(own, 3),
        "p95_ms": round(quantiles(way.took, n=20)[-1], 3),
        "added_ms": round(median(differences), 3),
        "ratio": round(own / base, 3),
    }


@contextmanager
def _ways() -> Iterator[list[Way]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        command = [sys.executable, "-m", "benchmarks.mock"]
        backend = stack.enter_context(child(command, FOLDER / "backend.log"))
        assert backend.stdout is not None
        engine = {"kind": "vllm", "url": backend.stdout.readline().strip(), "route": "ids"}
        common = {"engine": engine, "scorers": {"confidence": {"kind": "confidence"}}}
        common |= {"scorer": ["confidence"], "database": str(folder / "keys.db")}
        open_ = stack.enter_context(_fathom(folder / "open.yaml", common | {"keys": "off"}))
        closed_by = common | {"keys": "required", "admin_key": _ADMIN_KEY}
        closed = stack.enter_context(_fathom(folder / "closed.yaml", closed_by))
        plain = _made(folder / "closed.yaml")
        limited = _made(folder / "closed.yaml", *_EVERY_LIMIT)
        yield [
            Way("no keys", open_, {}),
            Way("key of the settings", closed, _bearer(_ADMIN_KEY)),
            Way("key", closed, _bearer(plain)),
            Way("key with every limit", closed, _bearer(limited)),
        ]


@contextmanager
def _fathom(file: Path, settings: dict[str, object]) -> Iterator[str]:
    # JSON is YAML.
    file.write_text(json.dumps(settings))
    port, log = free_port(), FOLDER / f"keys-{file.stem}.log"
    command = [_FATHOM, "serve", "--config", str(file), "--port", str(port)]
    with child(command, log) as process:
        wait(process, f"http://127.0.0.1:{port}/ready", log)
        yield f"http://127.0.0.1:{port}"


def _made(config: Path, *limits: str) -> str:
    command = [_FATHOM, "keys", "create", "--name", "bench", "--config", str(config), *limits]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    return done.stdout.strip()


def _bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


if __name__ == "__main__":
    typer.run(main)
