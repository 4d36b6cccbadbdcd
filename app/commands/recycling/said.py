"""What `fathom recycle` says before and after: lines for people, an object for programs."""

from collections.abc import Iterator, Mapping

from pydantic import JsonValue, TypeAdapter

from app.commands.recycling.asked import Asked
from engines.usage import Counted, Usage
from training.recycle.estimate import Estimate
from training.recycle.report import Mean, Report
from training.recycle.said import WHY, verdict

_ESTIMATE = TypeAdapter(Estimate)


def plain_estimate(estimate: Estimate) -> dict[str, JsonValue]:
    """Return an estimate as JSON has it."""
    found: dict[str, JsonValue] = _ESTIMATE.dump_python(estimate, mode="json")
    return found


def estimate_lines(estimate: Estimate, teacher: Counted, student: Counted) -> Iterator[str]:
    """Say what a run costs at most; `teacher` and `student` are what is known of their cost."""
    e = estimate
    if e.teacher.calls:
        yield (
            f"teacher   at most {e.teacher.calls} replies, {e.teacher.completion_tokens} tokens "
            f"drawn, {e.teacher.prompt_tokens} read{_more(e.teacher, teacher)}"
        )
    yield (
        f"student   at most {e.student.calls} scores, {e.student.prompt_tokens} tokens read"
        f"{_more(e.student, student)}"
    )


def _more(usage: Usage, counted: Counted) -> str:
    flops = f"; {usage.flops:.3g} FLOPs" if "flops" in counted else "; FLOPs unknown"
    money = f"; {usage.cost:.4g} by the prices in the configuration" if "cost" in counted else ""
    return flops + money


def plain(asked: Asked, report: Report, left_out: Mapping[str, int]) -> dict[str, JsonValue]:
    """Return everything there is to say, as JSON has it."""
    return {
        "out": str(asked.folder.path),
        "recycled": str(asked.folder.recycled),
        "said": verdict(report),
        **({"left_out": dict(left_out)} if asked.traces else {}),
        **report.plain,
    }


def lines(asked: Asked, report: Report, left_out: Mapping[str, int]) -> Iterator[str]:
    """Say what came of it, and where it is."""
    yield verdict(report)
    yield from _counts(report, left_out)
    yield f"IFD       {_went(report, 'ifd')}"
    yield f"r-IFD     {_went(report, 'r_ifd')}"
    yield f"teacher   {_spent(report.teacher)}"
    yield f"student   {_spent(report.student)}"
    for subset in report.subsets:
        yield f"hardest   {subset.percent:g} %, {subset.n}: {asked.folder.path / subset.file}"
    yield f"data      {asked.folder.recycled}"
    yield f"report    {asked.folder.report.with_suffix('.md')}"


def _counts(report: Report, left_out: Mapping[str, int]) -> Iterator[str]:
    for branch, n in report.branches.items():
        whose = "the reflected" if branch == "instruction" else "its own"
        yield f"kept      {n} with {whose} instruction"
    for why, n in report.dropped.items():
        yield f"dropped   {n}: {WHY[why]}"
    for why, n in left_out.items():
        yield f"left out  {n}: {why}"
    for error, n in report.failed.items():
        yield f"failed    {n}, to be tried again: {error}"
    for stage, counts in report.reflections.items():
        told = ", ".join(f"{n} {came.replace('_', ' ')}" for came, n in counts.items())
        yield f"replies   on the {stage}: {told}"


def _went(report: Report, measure: str) -> str:
    change = next(change for name, change in report.measures.items() if name == measure)
    kept = f"; of those kept {_mean(change.before)}, now {_mean(change.after)}"
    return f"{_mean(change.all_before)} of all{kept if change.after else ''}"


def _mean(mean: Mean | None) -> str:
    return "none" if mean is None else f"{mean.value:.3f} [{mean.low:.3f}, {mean.high:.3f}]"


def _spent(usage: Usage) -> str:
    return (
        f"{usage.calls} calls, {usage.prompt_tokens} tokens read, {usage.completion_tokens} drawn"
    )
