"""Log-probabilities of given texts from llama.cpp: hidden states, times the model's output matrix.

A text's last token is not read: nothing follows its state.
"""

import asyncio
from collections.abc import Sequence

from engines.base import Capabilities, Usage
from engines.errors import ContextOverflow, Unsupported
from engines.llamacpp_head import OutputHead
from engines.llamacpp_states import StateReader
from engines.prompt_logprobs import PromptLogprobs
from engines.tasks import collect


class PromptReader:
    """Tells log-probabilities of texts. States are large: of each text they go once it is told."""

    def __init__(
        self, states: StateReader, head: OutputHead | None, capabilities: Capabilities
    ) -> None:
        self._states, self._head, self._able = states, head, capabilities

    async def read(self, texts: Sequence[Sequence[int]], request_id: str) -> PromptLogprobs:
        """Return the log-probabilities of (N,) texts; see `ReadsPrompts.prompt_logprobs`."""
        head, most = self._head, self._able.prompt_logprobs
        if head is None or not most:
            raise Unsupported("the server tells no log-probabilities of given texts")
        longest = max(map(len, texts), default=0)
        if longest > most:
            raise ContextOverflow(
                f"request {request_id} reads a text of {longest} tokens; log-probabilities are "
                f"told of {most} at most"
            )
        told = await collect(self._told(head, ids, request_id) for ids in texts)
        usage = self._able.bill(
            sum(one.prompt_tokens for _, one in told), 0, 0, calls=min(1, len(texts))
        )
        return PromptLogprobs(tuple(logprobs for logprobs, _ in told), usage)

    async def _told(
        self, head: OutputHead, ids: Sequence[int], request_id: str
    ) -> tuple[tuple[float, ...], Usage]:
        read = await self._states.states([ids[:-1]], request_id=request_id)
        return await asyncio.to_thread(head.logprobs, read.texts[0], ids[1:]), read.usage
