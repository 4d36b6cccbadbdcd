"""From a secret to who holds it: looked up in the database, and remembered for a few seconds."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from secrets import compare_digest

from pydantic import SecretStr

from app.callers import ADMINISTRATOR, ANYONE, Caller
from app.keys.errors import InvalidKey
from app.keys.limits import Limits
from app.keys.secret import digest, prefix_of
from app.store import Key, KeyNotFound, Store
from app.store.keys import key_of, keys_from

_SECONDS = 5.0
"""How long a key that was revoked elsewhere is taken at most."""
_MOST = 1024
"""Keys remembered at a time. Secrets that are of no key are not: there is no end to those."""
_UNKNOWN = "this is not a key of this service, or not any more"


@dataclass(frozen=True, slots=True)
class _Seen:
    """A key as it was at a time."""

    key: Key
    at: float


class KeyRing:
    """Says who holds a secret.

    Args:
        clock: seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._seen: OrderedDict[str, _Seen] = OrderedDict()

    def forget(self) -> None:
        """Look up every key anew from now on."""
        self._seen.clear()

    async def holder(
        self, secret: str, store: Store | None, admin_key: SecretStr | None = None
    ) -> Caller:
        """Return who holds a secret.

        Raises:
            InvalidKey: nobody does, or not any more.
            StoreError: the database failed.
        """
        hashed = digest(secret)
        if admin_key is not None and compare_digest(hashed, digest(admin_key.get_secret_value())):
            return ADMINISTRATOR
        return self._caller(await self._key(secret, hashed, store))

    async def caller_of(self, id_: str, store: Store | None) -> Caller:
        """Return who asks for what was asked for before, under the id it was kept by.

        Raises:
            InvalidKey: the key has been revoked since, or has expired.
            StoreError: the database failed.
        """
        known = {ANYONE.id: ANYONE, ADMINISTRATOR.id: ADMINISTRATOR}
        if id_ in known:
            return known[id_]
        if store is None:
            raise InvalidKey(_UNKNOWN)
        try:
            return self._caller(await key_of(store, id_))
        except KeyNotFound as error:
            raise InvalidKey(_UNKNOWN) from error

    async def _key(self, secret: str, hashed: str, store: Store | None) -> Key:
        seen = self._seen.get(hashed)
        if seen is not None and self._clock() < seen.at + _SECONDS:
            self._seen.move_to_end(hashed)
            return seen.key
        prefix = prefix_of(secret)
        if prefix is None or store is None:
            raise InvalidKey(_UNKNOWN)
        for key in await keys_from(store, prefix):
            if compare_digest(key.digest, hashed):
                self._remember(hashed, key)
                return key
        raise InvalidKey(_UNKNOWN)

    def _remember(self, hashed: str, key: Key) -> None:
        self._seen[hashed] = _Seen(key, self._clock())
        self._seen.move_to_end(hashed)
        if len(self._seen) > _MOST:
            self._seen.popitem(last=False)

    def _caller(self, key: Key) -> Caller:
        if key.revoked is not None:
            raise InvalidKey(f"the key {key.prefix}... was revoked")
        if key.expires is not None and key.expires <= self._clock():
            raise InvalidKey(f"the key {key.prefix}... has expired")
        limits = Limits.model_validate(key.limits)
        return Caller(key.id, frozenset(key.scopes), limits, limits.kept)
