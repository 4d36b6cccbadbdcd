"""What a worker process of the pool runs: math-verify, and nothing of ours.

The parent imports this module for its names only, so math-verify is imported inside functions: it
takes seconds, and belongs in the workers.
"""

import ctypes
import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from time import monotonic
from types import FrameType
from typing import TypeAlias

Question: TypeAlias = tuple[tuple[str, str], ...]
"""Are all these pairs of normal forms, the true one first, equal?"""

_PR_SET_PDEATHSIG = 1


class _TimeUp(BaseException):
    """Not an `Exception`: math-verify and SymPy catch those."""


def start(memory_bytes: int) -> None:
    """Get a worker ready: easy to kill, short of memory, math-verify loaded."""
    # The pool's own handler would wait for the end of a call into C; the default does not.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, _raise_time_up)
    # Every time-out is told to the parent, which counts them.
    logging.disable(logging.WARNING)
    if sys.platform == "linux":
        _die_with_parent()
        _limit(memory_bytes)
    # The first of each kind of comparison takes ten times as long as the next.
    for truth, given in (("x+1", "1+x"), (r"\frac{\sqrt{3}}{2}", "0.5")):
        _equal(truth, given)


def judge(questions: tuple[Question, ...], seconds: float) -> tuple[bool | None, ...]:
    """Answer questions in order, until one is true or `seconds` have passed.

    `None` for a question that took longer than `seconds` on its own.
    """
    end = monotonic() + seconds
    verdicts: list[bool | None] = []
    for question in questions:
        verdicts.append(_judge(question, seconds))
        if verdicts[-1] or monotonic() > end:
            break
    return tuple(verdicts)


def _judge(question: Question, seconds: float) -> bool | None:
    try:
        with _alarm(seconds):
            return all(_equal(truth, given) for truth, given in question)
    except _TimeUp:
        return None


def _equal(truth: str, given: str) -> bool:
    from math_verify import verify  # noqa: PLC0415 - see the module's docstring

    return bool(verify(_parse(truth), _parse(given), timeout_seconds=None))


@lru_cache(maxsize=256)
def _parse(form: str) -> list[object]:
    """Parse a form as LaTeX or not at all: math-verify would make do with any number in it."""
    from math_verify import LatexExtractionConfig, parse  # noqa: PLC0415

    config = (LatexExtractionConfig(),)
    parsed: list[object] = parse(
        f"${form}$", config, fallback_mode="no_fallback", parsing_timeout=None
    )
    return parsed


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    # math-verify's own alarms count whole seconds, and start anew in every part of a comparison.
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _raise_time_up(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001
    raise _TimeUp


def _die_with_parent() -> None:
    """End with the parent even if it is killed while a call into C keeps this process busy."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _limit(memory_bytes: int) -> None:
    import resource  # noqa: PLC0415 - only some systems have it

    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
