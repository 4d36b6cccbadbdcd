"""Judging solutions one by one, all at once: what every scorer does that asks about each by itself.

Knows who cannot be judged, and what becomes of those about whom asking failed.
"""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from engines.errors import EngineError
from engines.tasks import collect
from engines.usage import Usage
from scorers.base import (
    Abstention,
    Candidate,
    Judgement,
    Opinion,
    ScorerError,
    ScorerUnavailable,
)


@dataclass(frozen=True, slots=True)
class Answered:
    """The opinion on one solution, and what it cost."""

    opinion: Opinion
    usage: Usage


@dataclass(frozen=True, slots=True)
class Failed:
    """Why there is no opinion on one solution, and what trying may have cost."""

    error: EngineError | ScorerError
    usage: Usage


Ask: TypeAlias = Callable[[Candidate], Coroutine[object, object, Answered | Failed]]


Refuse: TypeAlias = Callable[[Candidate], str | None]
"""Says why a candidate is not to be asked about; `None` if it is."""


def unwritten(candidate: Candidate) -> str | None:
    """Say that nothing is written, for those who judge beginnings too."""
    return None if candidate.text.strip() else "the solution has no text"


def unfinished(candidate: Candidate) -> str | None:
    """Say that a candidate has no answer yet, or has come to its end without one."""
    if not candidate.finished:
        return "the solution is unfinished"
    return None if candidate.answer.strip() else "the solution has no text"


def askable(candidate: Candidate) -> bool:
    """Whether a candidate has come to its end with an answer."""
    return unfinished(candidate) is None


def failed(error: EngineError | ScorerError, bound: Usage) -> Failed:
    """Return a failure with what it may have cost: nothing, or no more than `bound`."""
    return Failed(error, spent_on(error, bound))


def spent_on(error: EngineError | ScorerError, bound: Usage) -> Usage:
    """Return what a call that failed may have cost, which was to be no more than `bound`."""
    return Usage() if error.unspent else bound


async def judge_each(
    candidates: Sequence[Candidate], ask: Ask, refuse: Refuse = unfinished
) -> Judgement:
    """Judge (N,) candidates; see `Scorer.judge`. One about whom asking fails is abstained on.

    Raises:
        ScorerUnavailable: it failed for all that could be asked about.
    """
    reasons = [refuse(candidate) for candidate in candidates]
    asked = (c for c, reason in zip(candidates, reasons, strict=True) if reason is None)
    replies = await collect(map(ask, asked))
    failures = [reply.error for reply in replies if isinstance(reply, Failed)]
    usage = sum((reply.usage for reply in replies), start=Usage())
    if failures and len(failures) == len(replies):
        raise ScorerUnavailable(
            f"all {len(failures)} calls of the verifier failed: {failures[0]}",
            unspent=all(failure.unspent for failure in failures),
        ) from failures[0]
    known = map(_opinion, replies)
    opinions = tuple(next(known) if r is None else Abstention(r) for r in reasons)
    return Judgement(opinions, usage)


def _opinion(reply: Answered | Failed) -> Opinion:
    if isinstance(reply, Failed):
        return Abstention(f"the verifier's call failed: {reply.error}")
    return reply.opinion
