"""The report as Markdown, for people."""

from collections.abc import Iterator, Mapping, Sequence

from engines.base import Usage
from training.recycle.report import EDGES, Change, Example, Mean, Measure, Report

FEW = 30
"""Pairs kept, below which means say little."""
_WIDTH = 30
_NAMES: Mapping[Measure, str] = {
    "ifd": "IFD",
    "r_ifd": "r-IFD",
    "instruction_tokens": "tokens of the instruction",
    "response_tokens": "tokens of the response",
}
WHY: Mapping[str, str] = {
    "not improved": "the response was not reflected on, or not to the better by r-IFD",
    "ifd": "IFD is not below 1: the instruction does not help to say the response",
    "r_ifd": "r-IFD is not below 1: the response does not tell the instruction",
    "unscored": "a score could not be computed",
}
"""Why pairs are dropped, in words."""


def verdict(report: Report) -> str:
    """Say how much there is to learn from."""
    r, failed = report, sum(report.failed.values())
    share = f"{r.kept} of {r.samples} pairs were kept"
    undone = f"; {failed} are not done, and the same command goes on with them" if failed else ""
    if not r.kept:
        return f"Nothing to train on: {share}{undone}."
    if r.kept < FEW:
        return f"{share}{undone}. So few say little: read them before anything is trained on them."
    return f"{share}{undone}."


def markdown(report: Report) -> str:
    """Return the whole report."""
    return "\n".join([*_counts(report), *_measures(report), *_examples(report), *_setup(report)])


def _counts(r: Report) -> Iterator[str]:
    yield from ["# Recycled data", "", verdict(r), ""]
    yield from ["| pairs | |", "|---|---|"]
    for branch in ("instruction", "original"):
        whose = "the reflected" if branch == "instruction" else "its own"
        n = r.branches.get(branch, 0)
        yield f"| kept, with {whose} instruction and a better response | {n} |"
    for why, n in r.dropped.items():
        yield f"| dropped: {WHY[why]} | {n} |"
    for error, n in r.failed.items():
        yield f"| not done: {error} | {n} |"
    yield f"| whose reflected instruction was harder | {r.picked} |"
    for stage, counts in r.reflections.items():
        told = ", ".join(f"{n} {what.replace('_', ' ')}" for what, n in counts.items())
        yield f"| replies on the {stage} | {told} |"
    yield f"| replies that the cap on their tokens ended | {r.cut} |"
    for subset in r.subsets:
        which = f"the hardest {subset.percent:g} %, IFD from {subset.ifd:.3f}"
        yield f"| {which}: `{subset.file}` | {subset.n} |"
    yield ""


def _measures(r: Report) -> Iterator[str]:
    yield from [
        "Means with 95 % bootstrap intervals over pairs:",
        "",
        "| | all, before | kept, before | kept, after | change of those kept |",
        "|---|---|---|---|---|",
    ]
    for measure, change in r.measures.items():
        cells = (change.all_before, change.before, change.after, change.by)
        yield f"| {_NAMES[measure]} | {' | '.join(map(_mean, cells))} |"
    yield ""
    for measure, change in r.measures.items():
        yield from [f"## {_NAMES[measure]}", "", "```", *_bars(measure, change), "```", ""]


def _mean(mean: Mean | None) -> str:
    if mean is None:
        return "none"
    return f"{mean.value:.3f} [{mean.low:.3f}, {mean.high:.3f}]"


def _bars(measure: Measure, change: Change) -> Iterator[str]:
    """Draw all pairs before and those kept after, side by side, a line for each bin."""
    before, after = change.bins["all_before"], change.bins["after"]
    yield f"{'from':>6}  {'all, before':{_WIDTH + 6}}  kept, after"
    for edge, old, new in zip(EDGES[measure], before, after, strict=True):
        yield f"{edge:>6g}  {_bar(old, before)}  {_bar(new, after).rstrip()}"


def _bar(n: int, every: Sequence[int]) -> str:
    length = -(-n * _WIDTH // max(1, *every))
    return f"{n:>5} {'#' * length:{_WIDTH}}"


def _examples(r: Report) -> Iterator[str]:
    for example in r.examples:
        yield from _example(example)


def _example(e: Example) -> Iterator[str]:
    ifd, r_ifd = (f"{old:.3f} to {new:.3f}" for old, new in (e.ifd, e.r_ifd))
    yield from [f"## Pair {e.id}", "", f"IFD {ifd}, r-IFD {r_ifd}; {e.branch} instruction.", ""]
    parts = {"Instruction": e.instruction, "Response": e.response}
    if e.new_instruction != e.instruction:
        parts["New instruction"] = e.new_instruction
    for name, text in (parts | {"New response": e.new_response}).items():
        yield from [f"{name}:", "", *(f"    {line}" for line in text.splitlines()), ""]


def _setup(r: Report) -> Iterator[str]:
    yield from ["## How", ""]
    for name, value in r.setup.items():
        yield f"- {name.replace('_', ' ')}: {value}"
    yield f"- the teacher's cost: {_usage(r.teacher)}"
    yield f"- the student's cost: {_usage(r.student)}"
    yield ""


def _usage(usage: Usage) -> str:
    told = (
        f"{usage.calls} calls, {usage.prompt_tokens} tokens read, {usage.completion_tokens} drawn"
    )
    flops = f", {usage.flops:.3g} FLOPs" if usage.flops else ""
    money = f", {usage.cost:.4g} by the prices in the configuration" if usage.cost else ""
    return told + flops + money
