"""Who asks: the holder of a key, or whoever reaches a service that wants none."""

from dataclasses import dataclass

from fastapi import Request

from app.keys.limits import COMMON, SCOPES, UNLIMITED, Limits

_ADMINISTRATORS = "admin"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks; `id` is of a key, and what is kept for it only its holder sees.

    Attributes:
        id: of the key.
        scopes: what they may do.
        limits: how much of it.
        kept: whether anything of their requests may be kept.
    """

    id: str = ""
    scopes: frozenset[str] = COMMON
    limits: Limits = UNLIMITED
    kept: bool = True

    @property
    def keyed(self) -> bool:
        """Whether it is the holder of a key in the database."""
        return self.id not in ("", _ADMINISTRATORS)

    @property
    def sees(self) -> str | None:
        """Whose things are shown: the owner's id; `None` for everybody's."""
        return None if "admin" in self.scopes else self.id


ANYONE = Caller()
"""Whoever reaches a service that wants no keys: everybody is the same one."""
ADMINISTRATOR = Caller(_ADMINISTRATORS, SCOPES)
"""Who has shown the `admin_key` of the settings."""


async def caller(request: Request) -> Caller:
    """Hand a route its caller."""
    # A coroutine without an await: FastAPI would take a plain function to a thread and back.
    found: Caller = request.scope.get("fathom.caller", ANYONE)
    return found
