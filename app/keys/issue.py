"""A new key: what is kept of it, and the secret that only its holder will know."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from secrets import token_hex

from app.keys.limits import Limits
from app.keys.secret import digest, new_secret, prefix_of
from app.store import Key

_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Issued:
    """A new key, and its secret: this is the only place that has it."""

    key: Key
    secret: str


def issue(name: str, scopes: Collection[str], limits: Limits, days: float | None = None) -> Issued:
    """Make a key, which is of no use before it is kept in the database.

    Args:
        name: what people call it.
        scopes: what it may be used for.
        limits: how much.
        days: until it expires; `None` for never.
    """
    secret, now = new_secret(), time.time()
    prefix = prefix_of(secret)
    assert prefix
    key = Key(
        id=f"key_{token_hex(8)}",
        name=name,
        prefix=prefix,
        digest=digest(secret),
        scopes=sorted(scopes),
        limits=limits.model_dump(mode="json", exclude_none=True),
        made=now,
        expires=None if days is None else now + days * _DAY_SECONDS,
    )
    return Issued(key, secret)
