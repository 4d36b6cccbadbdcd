"""`python -m benchmarks`: raw calls and Fathom, side by side in one run.

Repetitions of the raw call and of the searches alternate, so that what else the machine does hits
all of them. The best repetition of each counts.
"""

import json
import platform
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import count
from os import cpu_count
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from pydantic import JsonValue

from benchmarks.cases import Case, cases, streamed
from benchmarks.first_byte import BACKEND_MS, FirstByte, first_byte
from benchmarks.load import LoadFailed, Seen, Target, ask, load
from benchmarks.processes import ChildFailed, cpu_seconds, end_politely, resident_mb
from benchmarks.report import Cell, table
from benchmarks.servers import FOLDER, Served, serve

_REPETITIONS, _SECONDS = 3, 1.0
_QUICK_REPETITIONS, _QUICK_SECONDS = 1, 0.4
_WARM_UP_SECONDS = 0.5
_WAITS = 6
"""A repetition lasts at least as long as this many answers take when nothing is added."""


@dataclass(slots=True)
class Runs:
    """The repetitions of one cell."""

    seen: list[Seen] = field(default_factory=list)
    cpu_seconds: float | None = 0.0

    @property
    def best(self) -> Seen:
        """The repetition with the lowest median."""
        return min(self.seen, key=lambda seen: seen.milliseconds(0.5))

    @property
    def cpu_ms(self) -> float | None:
        """Processor time of a request, over all repetitions."""
        if self.cpu_seconds is None:
            return None
        return 1e3 * self.cpu_seconds / sum(len(seen.latencies) for seen in self.seen)


@dataclass(frozen=True, slots=True)
class Bench:
    """What is run: every case, at every latency, from every number of clients."""

    cases: Sequence[Case]
    latencies: Sequence[float]
    clients: Sequence[int]
    repetitions: int
    seconds: float
    numbers: Iterator[int] = field(default_factory=count)

    def run(self, served: Served) -> Iterator[Cell]:
        """Measure cell after cell.

        Raises:
            LoadFailed: a request was not answered.
        """
        for case in self.cases:
            target = self._target(case, served)
            case.check(uvloop.run(ask(target)))
            uvloop.run(load(target, 8, _WARM_UP_SECONDS))
        for latency in self.latencies:
            served.set_latency(latency)
            for clients in self.clients:
                runs: defaultdict[str, Runs] = defaultdict(Runs)
                for _ in range(self.repetitions):
                    for case in self.cases:
                        self._repeat(case, served, clients, latency, runs[case.name])
                yield from (_cell(case, served, clients, latency, runs) for case in self.cases)

    def _repeat(self, case: Case, served: Served, clients: int, latency: float, runs: Runs) -> None:
        pid, seconds = (
            served.pids[case.server],
            max(self.seconds, _WAITS * case.floor * latency / 1e3),
        )
        began = cpu_seconds(pid)
        runs.seen.append(uvloop.run(load(self._target(case, served), clients, seconds)))
        ended = cpu_seconds(pid)
        if began is None or ended is None or runs.cpu_seconds is None:
            runs.cpu_seconds = None
        else:
            runs.cpu_seconds += ended - began

    def first_byte(self, case: Case, served: Served) -> FirstByte:
        """Measure how long a stream's first byte takes in front of a slow backend.

        Raises:
            LoadFailed: a stream did not begin, or did not end.
        """
        served.set_latency(BACKEND_MS)
        return uvloop.run(first_byte(self._target(case, served)))

    def _target(self, case: Case, served: Served) -> Target:
        url = f"{served.urls[case.server]}/v1/chat/completions"
        return Target(url, case.bodies(self.numbers))


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Once and briefly: noisier.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object and nothing else.")
    ] = False,
    latency: Annotated[
        list[float] | None, typer.Option("--latency", min=0, help="Of the backend, ms; repeat.")
    ] = None,
    concurrency: Annotated[
        list[int] | None, typer.Option("--concurrency", min=1, help="Clients; repeat.")
    ] = None,
    n: Annotated[int, typer.Option("--n", min=4, help="Samples; a multiple of 4.")] = 8,
) -> None:
    """Measure what Fathom adds to a call of n samples."""
    end_politely()
    times = (_QUICK_REPETITIONS, _QUICK_SECONDS) if quick else (_REPETITIONS, _SECONDS)
    bench = Bench(cases(n), latency or [0, 50], concurrency or [1, 16, 64], *times)
    try:
        with serve() as served:
            cells = list(bench.run(served))
            first = bench.first_byte(streamed(n), served)
    except (ChildFailed, LoadFailed, ValueError) as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from error
    report = _report(cells, n) | {"first_byte": asdict(first)}
    file = FOLDER / f"{report['date']}.json"
    file.write_text(json.dumps(report, indent=1))
    typer.echo(
        json.dumps(report)
        if as_json
        else f"{table(cells)}\n\n{first.line}\n{_where(report)}; {file}"
    )


def _cell(case: Case, served: Served, clients: int, latency: float, runs: dict[str, Runs]) -> Cell:
    own, raw = runs[case.name], next(iter(runs.values()))
    best = own.best
    floor = raw.best.milliseconds(0.5) if case.floor == 1 else case.floor * latency
    return Cell(
        case.name,
        latency,
        clients,
        len(best.latencies),
        round(best.milliseconds(0.5), 3),
        round(best.milliseconds(0.95), 3),
        round(best.milliseconds(0.5) - floor, 3),
        round(best.per_second, 1),
        None if own.cpu_ms is None else round(own.cpu_ms, 3),
        resident_mb(served.pids[case.server]),
    )


def _report(cells: Sequence[Cell], n: int) -> dict[str, JsonValue]:
    return {
        "command": " ".join(["python -m benchmarks", *sys.argv[1:]]),
        "commit": _commit(),
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H.%M.%S"),
        "machine": f"{platform.system()} {platform.machine()}, {cpu_count()} cores",
        "python": platform.python_version(),
        "n": n,
        "cells": [asdict(cell) for cell in cells],
    }


def _where(report: dict[str, JsonValue]) -> str:
    names = ("command", "commit", "date", "machine", "python")
    return ", ".join(str(report[name]) for name in names)


def _commit() -> str:
    asked = ["git", "describe", "--always", "--dirty"]
    try:
        told = subprocess.run(  # noqa: S603 - a constant
            asked, cwd=Path(__file__).parent, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return told.stdout.strip()


if __name__ == "__main__":
    typer.run(main)
