"""The figures of a run, as a table and as JSON. Knows nothing of how they came about."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """One kind of request, at one latency, from one number of clients: the best repetition.

    `added_ms` is over the raw call at the median; for a search of several rounds, over the
    latencies it must wait for. CPU is over all repetitions, `None` where it is unknown.
    """

    case: str
    latency_ms: float
    clients: int
    requests: int
    p50_ms: float
    p95_ms: float
    added_ms: float
    per_second: float
    cpu_ms: float | None
    resident_mb: float | None


def table(cells: Sequence[Cell]) -> str:
    """Return a Markdown table, a row for each cell."""
    head = (
        "| request | backend ms | clients | p50 ms | p95 ms | added ms | req/s "
        "| CPU ms/request | RSS MB |\n|---|---|---|---|---|---|---|---|---|"
    )
    return "\n".join([head, *map(_row, cells)])


def _row(cell: Cell) -> str:
    figures = (
        cell.case,
        f"{cell.latency_ms:g}",
        str(cell.clients),
        f"{cell.p50_ms:.2f}",
        f"{cell.p95_ms:.2f}",
        f"{cell.added_ms:+.2f}" if cell.case != "raw call" else "",
        f"{cell.per_second:.0f}",
        "" if cell.cpu_ms is None else f"{cell.cpu_ms:.2f}",
        "" if cell.resident_mb is None else f"{cell.resident_mb:.0f}",
    )
    return f"| {' | '.join(figures)} |"
