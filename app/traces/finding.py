"""One kept search, found and read back."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from app.callers import Caller
from app.errors import SummaryOnly
from app.store import KeptTrace, Store
from app.store.traces import find_trace
from app.store.traces_table import TraceWords
from app.traces.shapes import summary
from app.traces.words import unpacked, unpacked_json
from search.trace import RecordedSearch


@dataclass(frozen=True, slots=True)
class Found:
    """A kept search: its row, and its words if they are kept."""

    row: KeptTrace
    words: TraceWords | None

    async def file(self) -> bytes:
        """Return the file that `fathom replay` and `fathom export` read.

        Raises:
            SummaryOnly: its words are not kept.
        """
        return await asyncio.to_thread(unpacked, self._words.recorded)

    async def recorded(self) -> RecordedSearch:
        """Return what it takes to run it again.

        Raises:
            SummaryOnly: its words are not kept.
            NotATrace: it was kept by a version whose searches this one cannot read.
        """
        return await asyncio.to_thread(RecordedSearch.load, await self.file(), self.row.id)

    async def told(self) -> dict[str, Any]:
        """Return all there is to say of it; `request`, `search` and `answer` null without words."""
        if self.words is None:
            return summary(self.row) | {"request": None, "search": None, "answer": None}
        return summary(self.row) | await asyncio.to_thread(_told, self.words)

    @property
    def _words(self) -> TraceWords:
        if self.words is None:
            raise SummaryOnly(self.row.id)
        return self.words


async def found(store: Store, trace: str, caller: Caller) -> Found:
    """Find a search of the caller's.

    Raises:
        NotKept: there is none.
        StoreError: the database failed.
    """
    return Found(*await find_trace(store, trace, caller.sees))


def _told(words: TraceWords) -> dict[str, Any]:
    told = unpacked_json(words.told)
    told["search"]["trace"] = json.loads(unpacked(words.recorded))["events"]
    return told
