"""What a training of a language model says at its end."""

from collections.abc import Iterator

from training.tuning.report import Report


def lines(report: Report, data: str) -> str:
    """Return a report as it is read; `data` says what was in the data."""
    return "\n".join(_lines(report, data))


def _lines(report: Report, data: str) -> Iterator[str]:
    c = report.counts
    yield f"student   {report.directory}"
    yield f"data      {data}: {c.trained} learnt from, {c.held_out} held out, {c.too_long} too long"
    yield f"tokens    {c.targets} of {c.tokens} learnt, in a pass"
    yield f"steps     {report.steps}; {c.weights} weights changed"
    yield f"loss      {report.loss:.4f} in training"
    if report.held_out is not None:
        before, after = report.held_out.before, report.held_out.after
        yield f"held out  loss {before:.4f} before, {after:.4f} after"
    yield f"serve     {report.serve}"
    if report.serve_embedded is not None:
        yield f"or        {report.serve_embedded}"
