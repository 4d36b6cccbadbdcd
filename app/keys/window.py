"""A moving window: what was taken in the last minute, to the unit. Knows no clock.

Not the `limits` package's: its store in memory has an entry for each token, refuses what does not
fit instead of taking note of it, and sweeps in a thread while it holds a key's lock, for which the
key's next request has to wait (decision 0017).
"""

from collections import deque
from dataclasses import dataclass

WINDOW_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Taken:
    """So much, at a time in seconds."""

    amount: int
    at: float


class Window:
    """What was taken in the last minute. Times never go back."""

    def __init__(self) -> None:
        self._taken: deque[Taken] = deque()
        self._sum = 0

    def take(self, amount: int, now: float) -> None:
        """Take note of an amount, however large."""
        self._taken.append(Taken(amount, now))
        self._sum += amount

    def used(self, now: float) -> int:
        """Return what was taken in the minute before now."""
        while self._taken and self._taken[0].at <= now - WINDOW_SECONDS:
            self._sum -= self._taken.popleft().amount
        return self._sum

    def below(self, limit: int, now: float) -> float:
        """Return in how many seconds less than `limit` (1 or more) will be used, as things are."""
        left, seconds = self.used(now), 0.0
        for taken in self._taken:
            if left < limit:
                break
            left -= taken.amount
            seconds = taken.at + WINDOW_SECONDS - now
        return seconds

    def empty(self, now: float) -> float:
        """Return in how many seconds nothing will be used."""
        self.used(now)
        return self._taken[-1].at + WINDOW_SECONDS - now if self._taken else 0.0
