"""What a search found, as the output of a response."""

from collections.abc import Iterator
from typing import Any

from app.completion import Completion
from app.progress import Progress
from app.responses.items import id_of, output_text


def output(completion: Completion, *, summarised: bool) -> list[dict[str, Any]]:
    """Return the items: what the search did if that is to be told; words, calls, or both."""
    return list(_items(completion, summarised=summarised))


def reasoning(name: str, *lines: str, status: str = "completed") -> dict[str, Any]:
    """Return the item that tells what the search did, the first of a response of this id."""
    summary = [{"type": "summary_text", "text": text} for text in lines]
    return _head("rs", name, 0, status) | {"type": "reasoning", "summary": summary}


def message(name: str, place: int, *texts: str, status: str = "completed") -> dict[str, Any]:
    """Return the item at this place of a response of this id, if that is what the model says."""
    content = [output_text(text) for text in texts]
    head = _head("msg", name, place, status)
    return head | {"type": "message", "role": "assistant", "content": content}


def cut(completion: Completion) -> bool:
    """Say whether the answer was cut short: by its cap, or for want of budget."""
    return completion.finish_reason(completion.chosen[0]) == "length"


def usage(completion: Completion) -> dict[str, Any]:
    """Return the bill: every token drawn, those not in the answer as reasoning."""
    spent = completion.usage()
    cached = spent["prompt_tokens_details"]["cached_tokens"]
    return {
        "input_tokens": spent["prompt_tokens"],
        "input_tokens_details": {"cached_tokens": cached, "cache_write_tokens": 0},
        "output_tokens": spent["completion_tokens"],
        "output_tokens_details": spent["completion_tokens_details"],
        "total_tokens": spent["total_tokens"],
    }


def summary(completion: Completion) -> str:
    """Return in a few lines what a search did: strategy, samples, best score, and why it ended."""
    progress, report = Progress(), completion.search()
    for event in completion.trace:
        progress.hear(event)
    tokens, calls = progress.usage.completion_tokens, progress.usage.calls
    lines = [
        f"Strategy: {completion.plan.strategy.kind}, by {completion.plan.source}.",
        f"Drawn: {progress.samples} samples, {tokens} tokens, {calls} calls.",
        _judged(report),
        f"Ended: {report['stop']}{_want(report['exhausted'])}.",
        *report["degradations"],
    ]
    return "\n".join(lines)


def _judged(report: dict[str, Any]) -> str:
    if report["scorer"] is None:
        return "The answer was not judged."
    if report["score"] is None:
        return f"{report['scorer']} could not judge the answer: {report['abstained']}."
    return f"Score of the answer: {report['score']:.3f}, by {report['scorer']}."


def _want(exhausted: str | None) -> str:
    return "" if exhausted is None else f", for want of {exhausted}"


def _items(completion: Completion, *, summarised: bool) -> Iterator[dict[str, Any]]:
    name, candidate = completion.head.id, completion.chosen[0]
    if summarised:
        yield reasoning(name, summary(completion))
    words, calls = completion.said(candidate).content, completion.calls(0, candidate)
    place = int(summarised)
    if words or not calls:
        status = "incomplete" if cut(completion) else "completed"
        yield message(name, place, words, status=status)
        place += 1
    for i, call in enumerate(calls, place):
        told = {"type": "function_call", "call_id": call["id"], **call["function"]}
        yield _head("fc", name, i, "completed") | told


def _head(kind: str, name: str, place: int, status: str) -> dict[str, Any]:
    return {"id": id_of(kind, f"{name}/{place}"), "status": status}
