"""What one process knows of its callers: who they are, what they use, and whose turn it is."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from app.callers import Caller
from app.keys.accounts import Accounts, tokens_of
from app.keys.admission import Admission
from app.keys.errors import QuotaSpent, RateLimited
from app.keys.rates import Rates
from app.keys.ring import KeyRing
from app.store import Store
from engines.usage import Usage

_SOON_SECONDS = 1.0
"""When to ask again if one of one's own searches must end first."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What requests pass on their way to a search."""

    ring: KeyRing = field(default_factory=KeyRing)
    rates: Rates = field(default_factory=Rates)
    accounts: Accounts = field(default_factory=Accounts)
    admission: Admission = field(default_factory=Admission)
    searching: Counter[str] = field(default_factory=Counter)

    async def check(self, caller: Caller, store: Store | None) -> None:
        """Return if a caller may spend something now.

        Raises:
            RateLimited: they have spent too much in the last minute.
            QuotaSpent: they have spent too much today.
            StoreError: the database failed.
        """
        self.rates.check(caller)
        limits = caller.limits
        if store is None or not limits.daily:
            return
        spent = await self.accounts.spent_today(caller.id, store)
        if limits.daily_tokens is not None and spent.tokens >= limits.daily_tokens:
            raise QuotaSpent("tokens", limits.daily_tokens)
        if limits.daily_cost is not None and spent.cost >= limits.daily_cost:
            raise QuotaSpent("cost", limits.daily_cost)

    @contextmanager
    def one_more(self, caller: Caller) -> Iterator[None]:
        """Count a search of a caller, from when it waits to its end.

        Raises:
            RateLimited: it is one too many.
        """
        most = caller.limits.concurrent_searches
        if most is not None and self.searching[caller.id] >= most:
            raise RateLimited(
                f"this key may have {most} searches at a time, and has", _SOON_SECONDS
            )
        self.searching[caller.id] += 1
        try:
            yield
        finally:
            self.searching[caller.id] -= 1
            if not self.searching[caller.id]:
                del self.searching[caller.id]

    def charge(self, caller: Caller, usage: Usage) -> None:
        """Charge a caller for what was spent."""
        self.rates.charge(caller, tokens_of(usage))
        if caller.keyed:
            self.accounts.charge(caller.id, usage)
