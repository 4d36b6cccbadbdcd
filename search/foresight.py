"""How much of what a strategy has in mind can still be carried to its end."""

import asyncio
from dataclasses import asdict
from math import inf, isinf

from engines.base import DEFAULT
from search.budget import Hold, Ledger, held
from search.drawing import Drawer
from search.models import Models, Task

_LONGER = 1.5
"""What is to come may take this much more than what has been seen."""

_TURNS = 6
"""Turns of full length that a conversation about a problem may come to."""


class Foresight:
    """Says how many chains of calls the budget is likely to hold, of tokens, time and money.

    A sample is likely to take what the search's samples have taken on the average, and half as much
    again; before any was drawn, the most it can be, and as much to read. One call is left for
    judging. A round takes as long as the longest so far, and half as much again.
    """

    def __init__(self, models: Models, task: Task, ledger: Ledger, drawer: Drawer) -> None:
        self._models, self._task = models, task
        self._ledger, self._drawer = ledger, drawer

    @property
    def limited(self) -> bool:
        """Whether there is a limit on anything; see `Search.limited`."""
        engines = (self._models.engine, *self._models.others.values())
        contexts = [engine.capabilities.context or inf for engine in engines]
        narrow = min(contexts) < _TURNS * self._task.sampling.max_tokens
        return narrow or not all(isinf(limit) for limit in asdict(self._ledger.budget).values())

    def fitting(self, n: int, what: str, calls: int, rounds: int, after: int) -> int:
        """Return how many of `n` chains fit; see `Search.fitting`."""
        counts = {"seconds": self._in_time(n, rounds)} | self._in_calls(calls, after)
        tightest = min(counts, key=lambda currency: counts[currency])
        if counts[tightest] >= n or not n:
            return n
        fit = max(0, int(counts[tightest]))
        self._drawer.fewer(fit, n, tightest, what)
        return fit

    def _in_calls(self, calls: int, after: int) -> dict[str, float]:
        left, each = asdict(self._ledger.left), asdict(self._likely())
        left["calls"] -= 1
        return {
            currency: (left[currency] - after * each[currency]) // (calls * each[currency])
            for currency in left
            if each[currency] and not isinf(left[currency])
        }

    def _likely(self) -> Hold:
        """Return what one sample, of a request of its own, is likely to take."""
        seen, cap = self._ledger.spent["generator"], self._task.sampling.max_tokens
        if not self._drawer.samples:
            read = cap + self._drawer.pauses
            return held(self._models.named(DEFAULT).capabilities.bill(read, 0, cap))
        mean = held(seen)
        longer = _LONGER / self._drawer.samples
        tokens = min(cap, mean.tokens * longer)
        return Hold(tokens, 1, mean.flops * longer, mean.cost * longer)

    def _in_time(self, n: int, rounds: int) -> float:
        """Return n if so many rounds are likely to fit what time is left, or else 0."""
        until = self._drawer.until
        left = inf if until is None else until - asyncio.get_running_loop().time()
        return n if rounds * self._drawer.longest_round * _LONGER <= left else 0
