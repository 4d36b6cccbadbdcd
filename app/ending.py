"""How a server ends: it takes no more, waits for what is under way, and ends that if it must."""

import asyncio
import signal

import structlog

from app.opening import Opening
from app.underway import UnderWay

_log = structlog.get_logger("fathom")
LAST_WORDS_SECONDS = 2.0
"""For requests that are brought to their end to say so."""


class Ending:
    """Waits for a signal to end, and then for the requests under way, `seconds` at most."""

    def __init__(self, opening: Opening, under_way: UnderWay, seconds: float) -> None:
        self._opening, self._under_way, self._seconds = opening, under_way, seconds
        self._told = asyncio.Event()

    def tell(self, number: signal.Signals) -> None:
        """Take a signal to end. A second one ends the process where it stands.

        What it started ends with it: it is tied to this process.
        """
        if self._told.is_set():
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        self._told.set()

    async def wait(self) -> None:
        """Return once the process was told to end, and no request is under way any more."""
        await self._told.wait()
        self._opening.drain()
        _log.info("draining", requests=self._under_way.count, grace_seconds=self._seconds)
        if await self._under_way.over(self._seconds):
            return
        _log.warning("requests cut short", requests=self._under_way.count)
        self._under_way.end()
        await self._under_way.over(LAST_WORDS_SECONDS)
