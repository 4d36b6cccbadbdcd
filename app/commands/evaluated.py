"""What is said of a run of `fathom eval`, for a person to read."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from evaluation.report import Report

_REASONS_SHOWN = 5


def lines_of(r: Report, file: Path, command: str) -> str:
    """Return a run's report as lines; `file` has its records, `command` asks the same again."""
    low, high = (f"{100 * end:.1f}" for end in r.interval)
    flops = "unknown: the size of the model is not known" if r.flops is None else f"{r.flops:.3g}"
    lines = [
        f"{r.right} of {r.n} right, {100 * r.accuracy:.1f} % [{low}, {high}]",
        f"errors    {r.errors}, counted as not right{'; run again to retry' if r.errors else ''}",
        f"no answer {r.no_answer}",
        f"pass@k    {_shares(r.pass_at)}",
        *(
            [f"filtered  {_shares(r.filtered_pass_at)}, of those that pass public tests"]
            if r.filtered_pass_at
            else []
        ),
        f"tokens    {r.tokens} drawn, {r.tokens_per_question:.1f} a question; "
        f"{r.verifier_tokens} by verifiers; {r.calls} calls",
        f"FLOPs     {flops}",
        *([f"cost      {r.cost:.4g}, by the prices in the configuration"] if r.cost else []),
        f"right per {_right_per(r.right_per)}",
        f"seconds   {r.seconds:.1f}; a search takes {r.search_seconds:.2f} (median)",
        f"stops     {_counts(r.stops)}",
        *_degradations(r.degradations),
        f"model     {r.setup.model}, seed {r.setup.seed}, {r.resumed} of {r.n} recorded before",
        f"strategy  {json.dumps(r.setup.strategy)}",
        f"records   {file}",
        f"command   {command}",
    ]
    return "\n".join(lines)


def _shares(shares: Mapping[int, float]) -> str:
    return ", ".join(f"{k}: {100 * share:.1f} %" for k, share in shares.items())


def _right_per(rates: Mapping[str, float | None]) -> str:
    """Give the right answers for what people count in: thousands of tokens, 10^15 FLOPs."""
    units = {"token": ("1000 tokens", 1e3), "second": ("second of search", 1.0),
             "flop": ("PFLOP", 1e15), "cost": ("unit of money", 1.0)}  # fmt: skip
    known = ((name, rate * size) for unit, (name, size) in units.items()
             if (rate := rates[unit]) is not None)  # fmt: skip
    return ", ".join(f"{name}: {rate:.3g}" for name, rate in known) or "nothing that is known"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{times} {name}" for name, times in counts.items()) or "none"


def _degradations(counts: Mapping[str, int]) -> Iterator[str]:
    """Give a line for each of the commonest reasons, and one for the others together."""
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    for why, times in ordered[:_REASONS_SHOWN]:
        yield f"degraded  {times} times: {why}"
    if len(ordered) > _REASONS_SHOWN:
        yield f"degraded  for {len(ordered) - _REASONS_SHOWN} more reasons; --json lists them"
