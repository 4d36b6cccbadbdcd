"""What was asked and spent by each key in the last minute. Of this process only."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil

from app.callers import Caller
from app.keys.errors import RateLimited
from app.keys.window import Window


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one limit is used up; `reset` is in how many seconds none of it will be."""

    of: str
    limit: int
    remaining: int
    reset: float


class Rates:
    """The moving windows of all keys.

    Args:
        clock: seconds, from whenever, that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._requests: defaultdict[str, Window] = defaultdict(Window)
        self._tokens: defaultdict[str, Window] = defaultdict(Window)

    def count(self, caller: Caller) -> None:
        """Take note of a request.

        Raises:
            RateLimited: it is one too many; it is not counted.
        """
        limit = caller.limits.requests_per_minute
        if limit is not None:
            window = self._requests[caller.id]
            self._check("requests", window, limit)
            window.take(1, self._clock())

    def check(self, caller: Caller) -> None:
        """Return if there are tokens left.

        Raises:
            RateLimited: there are none.
        """
        limit = caller.limits.tokens_per_minute
        if limit is not None:
            self._check("tokens", self._tokens[caller.id], limit)

    def charge(self, caller: Caller, tokens: int) -> None:
        """Take note of what a search has spent, which may be more than there was left."""
        if caller.limits.tokens_per_minute is not None:
            self._tokens[caller.id].take(tokens, self._clock())

    def standings(self, caller: Caller) -> Iterator[Standing]:
        """Give how far each limit that there is is used up."""
        limits = caller.limits
        if limits.requests_per_minute is not None:
            yield self._standing("requests", self._requests[caller.id], limits.requests_per_minute)
        if limits.tokens_per_minute is not None:
            yield self._standing("tokens", self._tokens[caller.id], limits.tokens_per_minute)

    def _check(self, of: str, window: Window, limit: int) -> None:
        seconds = window.below(limit, self._clock())
        if seconds:
            raise RateLimited(f"this key may use {limit} {of} a minute, and has", seconds)

    def _standing(self, of: str, window: Window, limit: int) -> Standing:
        now = self._clock()
        return Standing(of, limit, max(0, limit - window.used(now)), window.empty(now))


def told(standings: Iterator[Standing]) -> Iterator[tuple[str, str]]:
    """Give the headers that OpenAI's clients know."""
    for one in standings:
        yield f"x-ratelimit-limit-{one.of}", str(one.limit)
        yield f"x-ratelimit-remaining-{one.of}", str(one.remaining)
        yield f"x-ratelimit-reset-{one.of}", duration(one.reset)


def duration(seconds: float) -> str:
    """Write a time as OpenAI does, rounded up: `20ms`, `1s`, `6m0s`."""
    milliseconds = ceil(seconds * 1000)
    if milliseconds < 1000:  # noqa: PLR2004 - in a second
        return f"{milliseconds}ms"
    minutes, rest = divmod(ceil(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
