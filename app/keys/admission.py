"""How many searches run at once: those for which there is no room wait, in a fair order."""

import asyncio
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field

from app.keys.errors import QueueFull
from app.keys.fairness import FairOrder

_LATER_SECONDS = 1.0
"""When to ask again: nobody knows when there will be room, and searches take seconds."""
_FULL = "too many searches are waiting already; ask again later"


class AdmissionConfig(BaseModel):
    """How many searches run at once, and how many wait."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    units: int = Field(
        default=1024, ge=1, description="samples drawn at once by all searches under way"
    )
    queue: int = Field(default=512, ge=0, description="searches that wait, at most")


@dataclass(eq=False, slots=True)
class Turn:
    """One search that waits, or has been let in."""

    flow: str
    units: int
    admitted: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Admission:
    """Lets searches in, each for as many units as it draws samples at once.

    A search is let in as soon as it is next and fits. None overtakes it: a large one would wait
    for ever. One that is larger than all units runs alone.
    """

    def __init__(self) -> None:
        self._order: FairOrder[Turn] = FairOrder()
        self._used, self._config = 0, AdmissionConfig()

    @property
    def waiting(self) -> int:
        """How many searches wait."""
        return len(self._order)

    async def enter(self, flow: str, weight: float, units: int, config: AdmissionConfig) -> Turn:
        """Wait until a search is let in; whoever gives up waiting leaves the queue.

        Args:
            flow: whose it is.
            weight: their share, relative to others'.
            units: samples it draws at once.
            config: how many there may be; the last one given counts.

        Raises:
            QueueFull: too many wait, and the most of them are theirs.
        """
        self._config = config
        turn = Turn(flow, min(units, config.units))
        self._order.add(flow, weight, turn.units, turn)
        self._admit()
        self._shorten()
        try:
            await turn.admitted
        except asyncio.CancelledError:
            self._withdraw(turn)
            raise
        return turn

    def leave(self, turn: Turn) -> None:
        """Take note that a search that was let in is over."""
        self._used -= turn.units
        self._admit()

    def _admit(self) -> None:
        while (head := self._order.head()) is not None and self._fits(head.cost):
            turn = self._order.take()
            # Of one that was cancelled the task may not have run yet, to say so.
            if not turn.admitted.done():
                self._used += turn.units
                turn.admitted.set_result(None)
        if not self._used and not self.waiting:
            self._order.rest()

    def _fits(self, units: int) -> bool:
        return not self._used or self._used + units <= self._config.units

    def _shorten(self) -> None:
        while self.waiting > self._config.queue:
            flow, turn = self._order.surplus()
            self._order.discard(flow, turn)
            if not turn.admitted.done():
                turn.admitted.set_exception(QueueFull(_FULL, _LATER_SECONDS))

    def _withdraw(self, turn: Turn) -> None:
        if turn.admitted.cancelled():
            self._order.discard(turn.flow, turn)
            self._admit()
        elif turn.admitted.exception() is None:
            # It was let in, and nobody is there to go in.
            self.leave(turn)
