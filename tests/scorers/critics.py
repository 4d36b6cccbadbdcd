"""Engines that write critiques, and say Yes or No behind them."""

import asyncio
from collections.abc import Callable
from math import exp, log
from typing import Never

from engines.base import Likelihoods
from engines.fake import FakeEngine


class Critical(FakeEngine):
    """Writes `critiques` in turn, and says Yes with the probability `yes(text)`.

    `read` are the texts behind which it was asked, the turns of a conversation joined.
    """

    def __init__(self, *critiques: str, yes: Callable[[str], float] = lambda text: 0.5) -> None:
        super().__init__(lambda request, i: critiques[i % len(critiques)])
        self.read: list[str] = []
        self.labels: set[tuple[str, ...]] = set()
        self._yes = yes

    async def likelihoods(self, request, labels) -> Likelihoods:
        turns = [turn.content for turn in request.prompt.conversation.messages]
        text = "\n".join([*turns, request.text] if request.text else turns)
        self.read.append(text)
        self.labels.add(labels)
        share = self._yes(text)
        drawn = await super().likelihoods(request, labels)
        told = (log(share), log(1 - share)) if share else (-60.0, -60.0)
        assert share == 0 or abs(exp(told[0]) - share) < 1e-9
        return Likelihoods(told, drawn.usage)


class Hanging(FakeEngine):
    """Never answers."""

    async def generate(self, request, listen=None) -> Never:
        await asyncio.Event().wait()
        raise AssertionError

    async def likelihoods(self, request, labels) -> Never:
        await asyncio.Event().wait()
        raise AssertionError
