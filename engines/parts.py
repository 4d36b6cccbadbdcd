"""One request as fewer draws, or as several: all that its asker sees is one call."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from engines.base import Generation, Listener, Request
from engines.errors import EngineError
from engines.tasks import collect
from engines.usage import Usage

Draw: TypeAlias = Callable[[Request, Listener | None], Awaitable[Generation]]


async def drawn_once(draw: Draw, request: Request, listen: Listener | None) -> Generation:
    """Draw the one sample that all of a request are, for a request that is `alike`."""
    once = await draw(replace(request, n=1), listen)
    return replace(once, samples=once.samples * request.n)


async def drawn_together(parts: Sequence[Coroutine[Any, Any, Generation]]) -> Generation:
    """Draw the parts of one request at once.

    Raises:
        EngineError: one of them failed; what the others have drawn by then is spent.
    """
    try:
        return joined(await collect(parts))
    except EngineError as error:
        error.unspent = error.unspent and len(parts) == 1
        raise


def joined(parts: Sequence[Generation]) -> Generation:
    """Return the parts of one request as one generation, in order, and as one call.

    A call is what was asked of us; in how many parts a server takes it is not the asker's doing.
    """
    samples = tuple(sample for part in parts for sample in part.samples)
    usage = sum((part.usage for part in parts), start=Usage())
    return Generation(samples, replace(usage, calls=1))
