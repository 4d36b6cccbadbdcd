"""Who asks: the holder of a key, or whoever reaches a service that wants none."""

from dataclasses import dataclass

from fastapi import Request


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks; `id` is of a key, and what is kept for it only its holder sees."""

    id: str = ""


ANYONE = Caller()
"""Whoever reaches a service that wants no keys: everybody is the same one."""


async def caller(request: Request) -> Caller:
    """Hand a route its caller."""
    # A coroutine without an await: FastAPI would take a plain function to a thread and back.
    found: Caller = request.scope.get("fathom.caller", ANYONE)
    return found
