"""What all questions together may draw, and what each has drawn."""

import asyncio
from dataclasses import replace
from math import inf

from engines.base import Capabilities, Engine, Generation, Prompt, Request
from engines.conversation import Conversation
from engines.errors import EngineError
from engines.parts import joined
from engines.usage import Usage


class OutOfTokens(Exception):
    """Too little is left for one sample more."""

    def __init__(self) -> None:
        super().__init__("the budget of tokens is used up")


class Purse:
    """Tokens that questions share, never overspent: held before a call, settled after it.

    `empty` says that a question could not have what it asked for.
    """

    def __init__(self, tokens: int | None) -> None:
        self.empty = False
        self._left = inf if tokens is None else tokens
        self._out = 0
        self._settled = asyncio.Event()

    async def hold(self, n: int, each: int) -> int:
        """Set tokens aside for as many of `n` samples of up to `each` as there is enough for.

        Waits for calls on their way if there is enough for none: they may give some back.

        Raises:
            OutOfTokens: there is enough for none.
        """
        while self._left < each and self._out:
            self._settled.clear()
            await self._settled.wait()
        samples = int(min(n, self._left / each))
        if not samples:
            self.empty = True
            raise OutOfTokens
        self._left -= samples * each
        self._out += 1
        return samples

    def settle(self, held: int, spent: int) -> None:
        """Give back what a call did not spend."""
        self._left += held - spent
        self._out -= 1
        self._settled.set()


class Metered:
    """An engine as one question has it: with a bill, and a part of a purse and of a gate.

    Where the purse has too little for all samples of a request, they are drawn in portions.
    """

    def __init__(self, engine: Engine, purse: Purse, gate: asyncio.Semaphore) -> None:
        self.usage = Usage()
        self._engine, self._purse, self._gate = engine, purse, gate

    @property
    def capabilities(self) -> Capabilities:
        """What the engine can do."""
        return self._engine.capabilities

    async def render(self, conversation: Conversation) -> Prompt:
        """Put a conversation through the chat template; see `Engine.render`."""
        return await self._engine.render(conversation)

    async def generate(self, request: Request) -> Generation:
        """Draw samples; see `Engine.generate`.

        Raises:
            EngineError: nothing could be drawn.
            OutOfTokens: the purse has not enough for all of them.
        """
        parts: list[Generation] = []
        done = 0
        while done < request.n:
            async with self._gate:
                parts.append(await self._portion(request, done))
            done += len(parts[-1].samples)
        return joined(parts)

    async def _portion(self, request: Request, done: int) -> Generation:
        each = request.sampling.max_tokens
        n = await self._purse.hold(request.n - done, each)
        # What a call that is cut off or fails has drawn is not known: all of it, then.
        spent = n * each
        try:
            generation = await self._engine.generate(_part(request, done, n))
            spent = generation.usage.completion_tokens
            self.usage += generation.usage
        except EngineError as error:
            spent = 0 if error.unspent else spent
            raise
        finally:
            self._purse.settle(n * each, spent)
        return generation


def _part(request: Request, done: int, n: int) -> Request:
    if n == request.n:
        return request
    return replace(request, id=f"{request.id}-{done}", n=n, seed=request.seed + done)
