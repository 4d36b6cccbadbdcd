"""Who asks: the holder of a key, or whoever reaches a service that wants none."""

from dataclasses import dataclass

from fastapi import Request


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks; `id` is of a key, and what is kept for it only its holder sees.

    Attributes:
        id: of the key.
        admin: whether what is kept for others is shown too.
        kept: whether anything of its requests may be kept.
    """

    id: str = ""
    admin: bool = False
    kept: bool = True

    @property
    def sees(self) -> str | None:
        """Whose things are shown: the owner's id; `None` for everybody's."""
        return None if self.admin else self.id


ANYONE = Caller()
"""Whoever reaches a service that wants no keys: everybody is the same one."""


async def caller(request: Request) -> Caller:
    """Hand a route its caller."""
    # A coroutine without an await: FastAPI would take a plain function to a thread and back.
    found: Caller = request.scope.get("fathom.caller", ANYONE)
    return found
