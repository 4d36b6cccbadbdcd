"""Judging solutions one by one, all at once: what every scorer does that asks about each by itself.

Knows who cannot be judged, and what becomes of those about whom asking failed.
"""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from engines.base import Usage
from engines.errors import EngineError
from engines.tasks import collect
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


def askable(candidate: Candidate) -> bool:
    """Whether a candidate has come to its end with an answer."""
    return candidate.finished and bool(candidate.answer.strip())


def failed(error: EngineError | ScorerError, bound: Usage) -> Failed:
    """Return a failure with what it may have cost: nothing, or no more than `bound`."""
    return Failed(error, Usage() if error.unspent else bound)


async def judge_each(candidates: Sequence[Candidate], ask: Ask) -> Judgement:
    """Judge (N,) candidates; see `Scorer.judge`. One about whom asking fails is abstained on.

    Raises:
        ScorerUnavailable: it failed for all that could be asked about.
    """
    replies = await collect(ask(c) for c in candidates if askable(c))
    failures = [reply.error for reply in replies if isinstance(reply, Failed)]
    usage = sum((reply.usage for reply in replies), start=Usage())
    if failures and len(failures) == len(replies):
        raise ScorerUnavailable(
            f"all {len(failures)} calls of the verifier failed: {failures[0]}",
            unspent=all(failure.unspent for failure in failures),
        ) from failures[0]
    known = map(_opinion, replies)
    opinions = tuple(next(known) if askable(c) else _refusal(c) for c in candidates)
    return Judgement(opinions, usage)


def _opinion(reply: Answered | Failed) -> Opinion:
    if isinstance(reply, Failed):
        return Abstention(f"the verifier's call failed: {reply.error}")
    return reply.opinion


def _refusal(candidate: Candidate) -> Abstention:
    empty = "the solution has no text"
    return Abstention(empty if candidate.finished else "the solution is unfinished")
