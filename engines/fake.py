"""An engine without a model, for tests and for trying the service without one."""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import log
from zlib import crc32

from engines.base import (
    Capabilities,
    Delta,
    Finish,
    Generation,
    Likelihoods,
    Listener,
    Prompt,
    Request,
    Sample,
    Sampling,
    Step,
)
from engines.conversation import Conversation
from engines.drawn import Drawn, Token
from engines.phases import Phases
from engines.prompt_logprobs import PromptLogprobs
from engines.states import States, Vector
from engines.tool_prompt import in_words
from engines.usage import Usage

_TOKEN = re.compile(r"\S+\s*|\s+")
_ABLE = Capabilities(
    "fake",
    context=100_000,
    token_ids=True,
    continues=True,
    alternatives=20,
    structured=True,
    parameters=0.5,
    biased=True,
    prompt_logprobs=100_000,
)


class FakeEngine:
    """Answers with `reply(request, i)` for sample i, after `latency(request)` seconds.

    One word is one token and costs one FLOP. A schema is for `reply` to keep. Every request, or
    phase of one, is kept in `seen`, the ids of those cancelled in flight in `aborted`, and texts
    that were asked about but not continued in `read`, with the request's id. `pause` is the id of
    its pause token, if it is to have one.
    """

    def __init__(
        self,
        reply: Callable[[Request, int], str],
        *,
        latency: Callable[[Request], float] = lambda _: 0.0,
        logprob: Callable[[Request, int], float] = lambda _, __: -1.0,
        state: Callable[[Sequence[int]], Vector] = lambda _: (),
        reading: Callable[[Sequence[int]], float] = lambda _: -1.0,
        capabilities: Capabilities = _ABLE,
        pause: int | None = None,
    ) -> None:
        self.capabilities = replace(capabilities, pause=pause) if pause else capabilities
        self._reply, self._latency, self._logprob, self._state = reply, latency, logprob, state
        self._reading = reading
        self.seen: list[Request] = []
        self.aborted: list[str] = []
        self.read: list[tuple[str, Sequence[int]]] = []
        self._phases = Phases(self._draw, self.tokenize)

    async def render(self, conversation: Conversation) -> Prompt:
        """Put one turn after the other; see `Engine.render`."""
        if conversation.raw is not None:
            raw = conversation.raw
            return Prompt(conversation, self._ids(raw) if isinstance(raw, str) else raw)
        thinking = self.capabilities.thinking
        turns = [f"{m.role}: {m.content}\n" for m in in_words(conversation).messages]
        turns += [thinking.opening] if thinking and thinking.opened else []
        ids = self._ids("".join(turns)) if self.capabilities.token_ids else None
        return Prompt(conversation, ids, thinking=thinking)

    async def tokenize(self, text: str) -> tuple[int, ...] | None:
        """Count words; see `Engine.tokenize`."""
        return self._ids(text) if self.capabilities.token_ids else None

    async def generate(self, request: Request, listen: Listener | None = None) -> Generation:
        """Draw `n` samples; see `Engine.generate`."""
        return await self._phases.generate(request, listen)

    async def likelihoods(self, request: Request, labels: tuple[str, ...]) -> Likelihoods:
        """Give each label the log-probability `logprob(request, i)` of its place i."""
        self.seen.append(request)
        logprobs = tuple(self._logprob(request, i) for i in range(len(labels)))
        return Likelihoods(logprobs, self._usage(request, 1))

    async def states(self, texts: Sequence[Sequence[int]], *, request_id: str) -> States:
        """Give each token the vector `state(ids)` of the text up to it; see `ShowsStates`."""
        self.read += [(request_id, ids) for ids in texts]
        read = [[self._state(ids[: end + 1]) for end in range(len(ids))] for ids in texts]
        tokens = sum(map(len, texts))
        return States(tuple(read), self.capabilities.bill(tokens, 0, 0, calls=min(1, len(texts))))

    async def prompt_logprobs(
        self, texts: Sequence[Sequence[int]], *, request_id: str
    ) -> PromptLogprobs:
        """Give the last token of each text up to it `reading(ids)`; see `ReadsPrompts`."""
        self.read += [(request_id, ids) for ids in texts]
        read = [tuple(self._reading(ids[: end + 1]) for end in range(1, len(ids))) for ids in texts]
        tokens = sum(map(len, texts))
        usage = self.capabilities.bill(tokens, 0, 0, calls=min(1, len(texts)))
        return PromptLogprobs(tuple(read), usage)

    async def health(self) -> None:
        """Return: it always can answer."""

    async def _draw(self, request: Request, listen: Listener | None = None) -> Generation:
        self.seen.append(request)
        try:
            await asyncio.sleep(self._latency(request))
        except asyncio.CancelledError:
            self.aborted.append(request.id)
            raise
        samples = tuple(self._sample(request, i) for i in range(request.n))
        for i, sample in enumerate(samples if listen else ()):
            assert listen
            listen(Delta(i, sample.step.text, sample.step.tokens, sample.finish, sample))
        return Generation(samples, self._usage(request, sum(s.step.tokens for s in samples)))

    def _sample(self, request: Request, i: int) -> Sample:
        text, finish, stop = cut(self._reply(request, i), request.sampling)
        words, able = _TOKEN.findall(text), self.capabilities
        logprobs = (self._logprob(request, i),) * len(words)
        given = logprobs if able.alternatives and request.sampling.alternatives else None
        certainty = None if given is None else tuple(-p for p in given)
        ids = self._ids(text) if able.token_ids else None
        drawn = self._drawn(words, logprobs, request.sampling.shown)
        return Sample(Step(text, len(words), ids, given, certainty, drawn), finish, stop)

    @staticmethod
    def _drawn(
        words: Sequence[str], logprobs: Sequence[float], k: int | None
    ) -> tuple[Drawn, ...] | None:
        """Return the words as tokens, each with itself and others, half as likely each time."""
        if k is None:
            return None
        return tuple(
            Drawn(
                Token.of(word, logprob),
                tuple(Token.of("-" * i or word, logprob - i * log(2)) for i in range(k)),
            )
            for word, logprob in zip(words, logprobs, strict=True)
        )

    def _usage(self, request: Request, drawn: int) -> Usage:
        return self.capabilities.bill(len(request.ids), 0, drawn)

    def _ids(self, text: str) -> tuple[int, ...]:
        # By the word alone: numbered as they come, ids would tell in what order calls returned.
        return tuple(crc32(word.encode()) for word in _TOKEN.findall(text))


def cut(text: str, sampling: Sampling) -> tuple[str, Finish, str | None]:
    """End a text where a server would: at the first stop string, or at the cap on tokens."""
    capped = "".join(_TOKEN.findall(text)[: sampling.max_tokens])
    # Of two, the one that is complete first: a server sees the text as it is drawn.
    found = [(capped.find(stop) + len(stop), stop) for stop in sampling.stop if stop in capped]
    if found:
        end, stop = min(found)
        return capped[:end], "stop", stop
    return (capped, "length", None) if len(capped) < len(text) else (text, "eos", None)
