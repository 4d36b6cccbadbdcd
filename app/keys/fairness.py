"""Whose turn is next: start-time fair queueing. Knows no time but its own, and waits for nobody.

Source: Goyal, Vin and Cheng, "Start-time fair queueing: a scheduling algorithm for integrated
services packet switching networks", SIGCOMM 1996, section 2. With several in service at once it is
SFQ(D) of Jin, Chase and Kaur, "Interposed proportional sharing for a storage service utility",
SIGMETRICS 2004, section 3.

The paper's symbols: a flow f is a key, r_f its `weight`, l its `cost`, S `start`, F `finish`, v(t)
the start of what was last taken. Of a flow that waits only the first has a start, which is all that
decides: S = max(v, F of the one before), F = S + l / r_f; the least S is next, of equals the first
to come.

What holds of it: while two flows both wait, what each is given differs by no more than
l_f / r_f + l_m / r_m (theorem 1), whatever the others do; so that none is kept waiting for ever.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Waiting(Generic[T]):
    """One that waits; `number` is the order in which they came."""

    item: T
    cost: int
    number: int


@dataclass(slots=True)
class Flow(Generic[T]):
    """What one key has waiting, the first to come first; the tags are in units of virtual time."""

    weight: float
    start: float = 0.0
    finish: float = 0.0
    waiting: deque[Waiting[T]] = field(default_factory=deque)


class FairOrder(Generic[T]):
    """Those that wait, in the order of their turns."""

    def __init__(self) -> None:
        self._flows: dict[str, Flow[T]] = {}
        self._now, self._came, self._size = 0.0, 0, 0

    def __len__(self) -> int:
        return self._size

    def add(self, flow: str, weight: float, cost: int, item: T) -> None:
        """Have an item wait, which will take `cost` of what there is to be shared."""
        found = self._flows.setdefault(flow, Flow(weight))
        found.weight = weight
        if not found.waiting:
            found.start = max(self._now, found.finish)
        found.waiting.append(Waiting(item, cost, self._came))
        self._came += 1
        self._size += 1

    def head(self) -> Waiting[T] | None:
        """Return whose turn is next."""
        flow = self._next()
        return None if flow is None else flow.waiting[0]

    def take(self) -> T:
        """Remove and return the next; there must be one."""
        flow = self._next()
        assert flow is not None
        self._now = flow.start
        taken = flow.waiting.popleft()
        flow.start = flow.finish = flow.start + taken.cost / flow.weight
        self._size -= 1
        return taken.item

    def discard(self, flow: str, item: T) -> None:
        """Forget one that waits no more; nothing happens if it does not wait."""
        found = self._flows.get(flow)
        for one in found.waiting if found else ():
            if one.item is item:
                assert found
                found.waiting.remove(one)
                self._size -= 1
                return

    def surplus(self) -> tuple[str, T]:
        """Return who is the first to go where too many wait: the last to come of the longest flow.

        Longest for its weight: so nobody fills the queue with what keeps others out of it.
        """
        name = max(self._flows, key=lambda name: self._length(self._flows[name]))
        return name, self._flows[name].waiting[-1].item

    def rest(self) -> None:
        """Forget what was given to whom: a busy period is over, in the paper's words."""
        assert not self._size
        self._flows.clear()
        self._now = 0.0

    def _next(self) -> Flow[T] | None:
        able = (flow for flow in self._flows.values() if flow.waiting)
        return min(able, key=lambda flow: (flow.start, flow.waiting[0].number), default=None)

    def _length(self, flow: Flow[T]) -> tuple[float, int]:
        # Of equally long ones the last to come goes, so that nobody waits in vain for long.
        return len(flow.waiting) / flow.weight, flow.waiting[-1].number if flow.waiting else -1
