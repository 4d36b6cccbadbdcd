"""Looking at solutions as they end, while others of their round are still being drawn.

Knows when to look, not what is looked for: judging solutions early, and finding that those that
have ended are enough, are both told by whoever asks.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeAlias

from engines.tasks import collect
from scorers.base import Candidate

Look: TypeAlias = Callable[[list[Candidate]], Awaitable[bool]]
"""Is shown all that have ended so far, in their order; says whether they are enough."""
Shape: TypeAlias = Callable[[list[Candidate]], Awaitable[list[Candidate]]]
"""Returns solutions as their round will have them."""
Place: TypeAlias = tuple[int, int]
"""A solution's place in its round: the request, and the sample of it."""


class Enough(Exception):
    """What has ended is enough: whatever is still being drawn can be stopped."""


class Watch:
    """Watches over one drawing, in one round or in several portions.

    While a look is taken, solutions go on ending; they are shown together at the next. One that
    `stops` the drawing sees all once more when a round is over: what it finds does then not depend
    on who ended when.
    """

    def __init__(self, look: Look, *, stops: bool = False) -> None:
        self._look, self.stops = look, stops
        self._before: list[Candidate] = []
        self._ended: dict[Place, Candidate] = {}
        self._wake, self._drawn = asyncio.Event(), False
        self.enough = False

    def take(self, place: Place, solution: Candidate) -> None:
        """Take note of a solution that has ended."""
        self._ended[place] = solution
        self._wake.set()

    async def over(
        self, drawing: Coroutine[Any, Any, None], shape: Shape, until: float | None
    ) -> None:
        """Await the drawing of a round, and look at what ends meanwhile, `until` it is too late.

        Raises:
            Enough: there is no need to draw on; the drawing has been cancelled.
        """

        async def draw() -> None:
            await drawing
            self._leave()

        async def look() -> None:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(until):
                    await self._work(shape)

        self._drawn = False
        await collect([draw(), look()])

    @asynccontextmanager
    async def beside(self, shape: Shape) -> AsyncIterator[None]:
        """Look at what ends while the context lasts; on leaving, await the look under way."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._work(shape))
                try:
                    yield
                finally:
                    self._leave()
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def close(self, drawn: Sequence[Candidate], until: float | None) -> None:
        """Look at all that came of a round, `until` it is too late; the next is seen with them."""
        self._before += drawn
        self._ended = {}
        if self.stops:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(until):
                    self.enough = await self._look(self._before)

    def _leave(self) -> None:
        self._drawn = True
        self._wake.set()

    async def _work(self, shape: Shape) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._drawn:
                return
            ended = await shape([self._ended[place] for place in sorted(self._ended)])
            if await self._look([*self._before, *ended]):
                raise Enough
