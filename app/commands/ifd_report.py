"""How `fathom ifd` tells scores: as one JSON object that is written as it grows, or as a table."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Protocol

import typer
from pydantic import JsonValue

from training.recycle.scores import REASONS
from training.recycle.summary import QUANTILES, Spread, Summary

_NAMES = {"ifd": "IFD", "r_ifd": "r-IFD"}


class Report(Protocol):
    """Tells of a run."""

    def begin(self, head: Mapping[str, JsonValue]) -> None:
        """Tell what scores are by."""
        ...

    def sample(self, line: str) -> None:
        """Tell of a pair; `line` is its JSON."""
        ...

    def end(self, summary: Summary, tail: Mapping[str, JsonValue]) -> None:
        """Tell what it came to."""
        ...


class JsonReport:
    """One JSON object on standard output, of which only a sample at a time is held."""

    def __init__(self) -> None:
        self._between = ""

    def begin(self, head: Mapping[str, JsonValue]) -> None:
        """Write all up to the samples."""
        typer.echo(f'{json.dumps(dict(head))[:-1]}, "samples": [', nl=False)

    def sample(self, line: str) -> None:
        """Write a sample."""
        typer.echo(f"{self._between}{line}", nl=False)
        self._between = ", "

    def end(self, summary: Summary, tail: Mapping[str, JsonValue]) -> None:
        """Write what is behind the samples."""
        told = {"totals": summary.plain, "usage": asdict(summary.usage), **tail}
        typer.echo(f"], {json.dumps(told)[1:]}")


class TextReport:
    """A table for people, at the end."""

    def __init__(self) -> None:
        self._head: Mapping[str, JsonValue] = {}

    def begin(self, head: Mapping[str, JsonValue]) -> None:
        """Keep it for the table."""
        self._head = head

    def sample(self, line: str) -> None:
        """Leave it to the table."""

    def end(self, summary: Summary, tail: Mapping[str, JsonValue]) -> None:
        """Write the table."""
        typer.echo("\n".join(_lines(self._head, summary, tail)))


def _lines(
    head: Mapping[str, JsonValue], summary: Summary, tail: Mapping[str, JsonValue]
) -> Iterator[str]:
    yield f"model      {head['model']}, template {head['template']}"
    yield f"samples    {summary.n}, {summary.helped} with both scores below 1"
    yield from _table(summary)
    for name, reasons in (("IFD", summary.ifd_missing), ("r-IFD", summary.r_ifd_missing)):
        yield from (f"missing    {n} {name}: {REASONS[why]}" for why, n in reasons.most_common())
    if summary.cut:
        yield f"cut        {summary.cut} scored by what fits into {head['max_tokens']} tokens"
    if summary.n:
        asked, said = summary.instruction_tokens / summary.n, summary.response_tokens / summary.n
        yield f"tokens     {asked:.1f} of an instruction, {said:.1f} of a response, on average"
    spent = summary.usage
    cost = f", cost {spent.cost:.4g}" if spent.cost else ""
    yield f"spent      {spent.prompt_tokens} tokens read, {spent.flops:.3g} FLOPs{cost}"
    yield f"seconds    {tail['seconds']}"
    if tail["resumed"]:
        yield f"resumed    {tail['resumed']} samples were scored before"
    if tail["out"] is not None:
        yield f"out        {tail['out']}"


def _table(summary: Summary) -> Iterator[str]:
    heads = ("mean", *(_quantile(q) for q in QUANTILES), "from 1 on")
    yield f"{'':10} {'n':>6}" + "".join(f"{head:>10}" for head in heads)
    for name, values in summary.spread.items():
        spread = Spread.of(values)
        yield f"{_NAMES[name]:10} " + (_row(spread) if spread else f"{0:>6}")


def _row(spread: Spread) -> str:
    figures = "".join(f"{value:>10.3f}" for value in (spread.mean, *spread.quantiles))
    return f"{spread.n:>6}{figures}{spread.n - spread.helped:>10}"


def _quantile(q: float) -> str:
    return {0.0: "least", 1.0: "most"}.get(q, f"{q:.0%}")
