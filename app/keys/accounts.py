"""What is spent on keys day by day: counted at once, and written down a little later.

A row is written for a second's searches together, beside them: written before its answer is sent,
each would wait for the database. A process that is killed loses the last second.
"""

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from app.store import KeyDay, Store, StoreError
from app.store.keys import charge_keys, spent_on
from engines.usage import Usage

_log = structlog.get_logger("fathom.keys")
_WRITE_SECONDS = 1.0
_READ_SECONDS = 5.0
"""How late it is known here what other processes spend."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent: by how many requests, how many tokens, how much money."""

    requests: int = 0
    tokens: int = 0
    cost: float = 0.0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(
            self.requests + other.requests, self.tokens + other.tokens, self.cost + other.cost
        )

    def __neg__(self) -> "Spent":
        return Spent(-self.requests, -self.tokens, -self.cost)


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """Whose it is, and of which day."""

    key: str
    day: str


@dataclass(slots=True)
class _Written:
    """What the database has, as it was when it was read, and what was written since."""

    spent: Spent
    read: float


def today() -> str:
    """Return the day it is in UTC, as 2026-12-31."""
    return datetime.fromtimestamp(time.time(), UTC).date().isoformat()


def tokens_of(usage: Usage) -> int:
    """Return the tokens that a key is charged for: those that had to be computed."""
    return usage.prompt_tokens - usage.cached_tokens + usage.completion_tokens


class Accounts:
    """What was spent on each key, in the database and on its way there."""

    def __init__(self) -> None:
        self._pending: defaultdict[Entry, Spent] = defaultdict(Spent)
        self._written: dict[Entry, _Written] = {}
        self._reason: str | None = None

    def charge(self, key: str, usage: Usage) -> None:
        """Take note of what a request has spent; it is not in the database yet."""
        self._pending[Entry(key, today())] += Spent(1, tokens_of(usage), usage.cost)

    async def spent_today(self, key: str, store: Store) -> Spent:
        """Return what was spent on a key today.

        Raises:
            StoreError: the database failed.
        """
        entry, now = Entry(key, today()), time.monotonic()
        written = self._written.get(entry)
        if written is None or now >= written.read + _READ_SECONDS:
            row = await spent_on(store, key, entry.day)
            written = _Written(Spent(row.requests, row.tokens, row.cost), now)
            self._written[entry] = written
        return written.spent + self._pending.get(entry, Spent())

    async def write(self, store: Store) -> None:
        """Write down what is not in the database yet.

        Raises:
            StoreError: the database failed; nothing is lost by that.
        """
        taken = dict(self._pending)
        if not taken:
            return
        # In one order, or processes that write the same rows at once would wait for each other.
        await charge_keys(store, [_row(entry, taken[entry]) for entry in sorted(taken)])
        for entry, spent in taken.items():
            self._settle(entry, spent)

    async def keep(self, store: Store | None) -> None:
        """Write down what is spent, again and again, and a last time when cancelled."""
        if store is None:
            await asyncio.get_running_loop().create_future()
            return
        try:
            while True:
                await asyncio.sleep(_WRITE_SECONDS)
                await self._try(store)
        finally:
            await self._try(store)

    def _settle(self, entry: Entry, spent: Spent) -> None:
        # Meanwhile there may be more of it.
        self._pending[entry] += -spent
        if not self._pending[entry].requests:
            del self._pending[entry]
        if entry.day != today():
            self._written.pop(entry, None)
        elif entry in self._written:
            self._written[entry].spent += spent

    async def _try(self, store: Store) -> None:
        reason: str | None = None
        try:
            await self.write(store)
        except StoreError as error:
            reason = str(error)
            if reason != self._reason:
                _log.warning("not charged yet", reason=reason)
        self._reason = reason


def _row(entry: Entry, spent: Spent) -> KeyDay:
    return KeyDay(
        key=entry.key,
        day=entry.day,
        requests=spent.requests,
        tokens=spent.tokens,
        cost=spent.cost,
    )
