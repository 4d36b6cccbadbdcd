"""The student: the model that is to learn from pairs, and says by log-probabilities of what use.

Source: arXiv:2402.10110, section 3.2, and the code beside it: scores are by the base model, before
any tuning; only the text's own tokens are in its mean; a text has at most 2,048 tokens with
what stands before it, and alone it is cut to as many as are left to it there.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import nan
from typing import Protocol, TypeAlias, get_args

from engines.base import Engine, Usage
from engines.conversation import Conversation
from engines.errors import ContextOverflow, RequestRefused, Unsupported
from engines.prompt_logprobs import ReadsPrompts
from engines.tasks import collect
from training.pairs import Pair
from training.recycle.scores import Losses, Missing, Scores
from training.recycle.templates import Template, guess, written
from training.recycle.texts import Ids, Text

MAX_TOKENS = 2048
"""Of a text and what stands before it, as the paper's code has it."""
_WAITING = 4
"""Pairs under way or done for each that is scored at once, so that a long one holds up few."""

Hear: TypeAlias = Callable[[int, Pair, Scores], None]
"""Takes a pair's place, the pair, and its scores."""


class StudentEngine(Engine, ReadsPrompts, Protocol):
    """An engine that tells log-probabilities of texts."""


def reading(engine: Engine) -> StudentEngine:
    """Return an engine as one that tells log-probabilities of texts.

    Raises:
        Unsupported: it tells none.
    """
    able = engine.capabilities
    if not (isinstance(engine, ReadsPrompts) and able.prompt_logprobs and able.token_ids):
        raise Unsupported(
            f"the engine of {able.model} tells no log-probabilities of texts that it is given",
            param="model",
        )
    return engine


@dataclass(frozen=True, slots=True)
class Student:
    """Scores pairs.

    Attributes:
        engine: the base model, before any tuning.
        template: what stands before a text, and how it is written.
        max_tokens: of a text and what stands before it; the engine's own limits may be less.
    """

    engine: StudentEngine
    template: Template = "chat"
    max_tokens: int = MAX_TOKENS

    @property
    def longest(self) -> int:
        """The tokens of the longest text that is read."""
        able = self.engine.capabilities
        return min(self.max_tokens, able.prompt_logprobs, able.context or self.max_tokens)

    async def check(self) -> None:
        """Return if the template takes a conversation of one turn.

        Raises:
            RequestRefused: it does not: the model has none, as base models often have.
            EngineError: the engine could not be asked.
        """
        try:
            await self._rendered(written(guess(""), self.template))
        except RequestRefused as error:
            others = ", ".join(name for name in get_args(Template) if name != "chat")
            raise RequestRefused(
                f"the model {self.engine.capabilities.model} takes no conversation by a chat "
                f"template of its own; choose another `template`: {others} ({error})",
                param="template",
            ) from error

    async def score(self, pairs: Sequence[Pair], *, request_id: str = "ifd") -> list[Scores]:
        """Score (N,) pairs together; what cannot be computed is NaN, with the reason.

        Raises:
            EngineError: the engine could not be asked.
        """
        return await collect(
            self._score(pair, f"{request_id}/{place}") for place, pair in enumerate(pairs)
        )

    async def score_each(
        self, pairs: Iterable[Pair], hear: Hear, *, concurrency: int = 4, request_id: str = "ifd"
    ) -> Usage:
        """Score pairs as they come, and tell them in their order; return what all cost together.

        However many they are, a few for each of `concurrency` are held at a time.

        Raises:
            EngineError: as `score`. What was told by then stands.
        """
        stream, gate = _Stream(hear), asyncio.Semaphore(concurrency)

        async def score(pair: Pair, place: int) -> Scores:
            async with gate:
                return await self._score(pair, f"{request_id}/{place}")

        try:
            async with asyncio.TaskGroup() as group:
                for place, pair in enumerate(pairs):
                    stream.waiting.append((place, pair, group.create_task(score(pair, place))))
                    if len(stream.waiting) == _WAITING * concurrency:
                        await stream.tell()
                while stream.waiting:
                    await stream.tell()
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
        return stream.usage

    async def _score(self, pair: Pair, request_id: str) -> Scores:
        y, x = await collect(
            (
                self._text(pair.conversation, pair.response),
                self._text(guess(pair.response), pair.instruction),
            )
        )
        empty: Missing | None = None if pair.response.strip() else "response_empty"
        lacking = (
            empty or y.lacking("response_of_one_token"),
            empty or x.lacking("instruction_of_one_token"),
        )
        return await self._read((y, x), lacking, request_id)

    async def _text(self, conversation: Conversation, text: str) -> Text:
        """Return a text as it is read after a conversation, and alone."""
        before = await self._before(written(conversation, self.template))
        own, alone = await collect((self._tokens(text), self._rendered(Conversation((), raw=text))))
        return Text(before, own, alone[: len(alone) - len(own)], self.longest)

    async def _before(self, conversation: Conversation) -> Ids | Missing:
        try:
            return await self._rendered(conversation)
        except ContextOverflow:
            return "too_long"
        except RequestRefused:
            return "template_refused"

    async def _rendered(self, conversation: Conversation) -> Ids:
        prompt = await self.engine.render(conversation)
        assert prompt.ids is not None
        return prompt.ids

    async def _tokens(self, text: str) -> Ids:
        ids = await self.engine.tokenize(text)
        assert ids is not None
        return ids

    async def _read(
        self, texts: tuple[Text, Text], lacking: tuple[Missing | None, Missing | None], name: str
    ) -> Scores:
        """Have those of the texts read that lack nothing, and return what comes of them."""
        read = [text for text, why in zip(texts, lacking, strict=True) if why is None]
        asked = [ids for text in read for ids in text.both]
        told, usage = list[Sequence[float]](), Usage()
        if asked:
            found = await self.engine.prompt_logprobs(asked, request_id=name)
            told, usage = list(found.texts), found.usage
        losses = [
            (nan, nan) if why else text.losses((told.pop(0), told.pop(0)))
            for text, why in zip(texts, lacking, strict=True)
        ]
        y, x = texts
        return Scores.of(
            Losses(*losses[0], *losses[1]),
            tokens=(len(x.own), len(y.own)),
            missing=lacking,
            cut=any(text.cut for text in read),
            usage=usage,
        )


class _Stream:
    """Pairs that are being scored, in their order."""

    def __init__(self, hear: Hear) -> None:
        self.waiting: deque[tuple[int, Pair, asyncio.Task[Scores]]] = deque()
        self.usage, self._hear = Usage(), hear

    async def tell(self) -> None:
        """Tell of the first of them, once it is scored."""
        place, pair, task = self.waiting.popleft()
        scores = await task
        self.usage += scores.usage
        self._hear(place, pair, scores)
