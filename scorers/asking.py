"""Asking a language model one question with one token for an answer, for all who judge that way.

Source: GenRM, arXiv:2408.15240, section 3.1: the token is read, not drawn.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import count
from math import exp

from pydantic import BaseModel, ConfigDict, Field

from engines.base import Engine, Likelihoods, Prompt, Request, Sampling, Step
from engines.conversation import Conversation, Message
from engines.errors import EngineError, EngineUnavailable, Unsupported
from engines.http import Carried, Transport, nothing
from engines.probe import VllmConfig, probe, root_of
from engines.tool_prompt import in_words
from engines.usage import Counted, Usage
from scorers.base import ScorerUnavailable
from scorers.each import spent_on

TIMEOUT_SECONDS = 120.0
_TEMPLATE_TOKENS = 256
"""More than chat templates add."""
_TURN_TOKENS = 16
"""More than they add to one more turn."""
_FAINT = 0.1
"""Labels as unlikely as this, and equally so, are those the server did not return."""


class AskingConfig(BaseModel):
    """A language model that judges."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    server: VllmConfig | None = Field(
        default=None, description="a server of its own; the generator's engine if not given"
    )
    timeout_seconds: float = Field(
        default=TIMEOUT_SECONDS, gt=0, description="an answer that takes longer is none"
    )


class Asker:
    """Asks `engine` for how likely each of two `labels` is as its answer.

    Args:
        name: of the questions, in the server's logs; with the version of their prompt.
        engine: the generator's own engine, or another one.
        labels: of the two answers, each a token.
        timeout_seconds: the longest that an answer may take.
    """

    def __init__(
        self,
        name: str,
        engine: Engine,
        labels: tuple[str, str],
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._name, self._engine, self._labels = name, engine, labels
        self._timeout_seconds = timeout_seconds
        self._calls = count(1)

    @property
    def able(self) -> bool:
        """Whether the engine gives log-probabilities."""
        return self._engine.capabilities.alternatives > 0

    @property
    def counts(self) -> Counted:
        """What is known of the cost of the model's tokens."""
        return self._engine.capabilities.counts

    def bound(self, questions: Sequence[str], turns: int = 0) -> Usage:
        """Return a call of a token for each of (N,) questions; a prompt's token is >= 1 byte.

        `turns` are all those of conversations beyond the question's own.
        """
        prompts = sum(len(question.encode()) + _TEMPLATE_TOKENS for question in questions)
        prompts += turns * _TURN_TOKENS
        calls = len(questions)
        return self._engine.capabilities.bill(prompts, 0, calls, calls=calls)

    async def ask(self, question: str) -> Likelihoods | EngineError:
        """Return how likely the labels are as the answer, or why that could not be had."""
        return await self.answer(Conversation((Message("user", question),)))

    async def answer(self, conversation: Conversation) -> Likelihoods | EngineError:
        """Return how likely the labels are as the next turn, or why that could not be had."""

        async def rendered() -> tuple[Prompt, tuple[Step, ...]]:
            prompt = await self._engine.render(conversation)
            return prompt, await self._unthinking(prompt)

        return await self._read(rendered)

    async def behind(self, prompt: Prompt, text: str) -> Likelihoods | EngineError:
        """Return how likely the labels are where the turn behind a prompt has come to `text`."""

        async def begun() -> tuple[Prompt, tuple[Step, ...]]:
            return prompt, await begun_turn(self._engine, text)

        return await self._read(begun)

    async def follow(self, text: str) -> Likelihoods | EngineError:
        """Return how likely the labels are behind a text as it is, in no chat template."""

        async def tokenized() -> tuple[Prompt, tuple[Step, ...]]:
            ids = await self._engine.tokenize(text)
            if ids is None:
                raise Unsupported(f"{self._engine.capabilities.model} is not asked by token ids")
            return Prompt(Conversation(()), ids), ()

        return await self._read(tokenized)

    async def _read(
        self, written: Callable[[], Awaitable[tuple[Prompt, tuple[Step, ...]]]]
    ) -> Likelihoods | EngineError:
        how = Sampling(max_tokens=1, alternatives=self._engine.capabilities.alternatives)
        name = f"{self._name}.{next(self._calls)}"
        try:
            async with asyncio.timeout(self._timeout_seconds):
                prompt, steps = await written()
                request = Request(name, prompt, steps, 1, how, 0)
                return await self._engine.likelihoods(request, self._labels)
        except EngineError as error:
            return error
        except TimeoutError:
            return EngineUnavailable(f"{name} took longer than {self._timeout_seconds:g} s")

    def bill(self, questions: Sequence[str], replies: Sequence[Likelihoods | EngineError]) -> Usage:
        """Return what (N,) questions cost; of one that failed, all it may have, if anything."""
        asked = zip(questions, replies, strict=True)
        return sum((self._cost(question, reply) for question, reply in asked), start=Usage())

    def _cost(self, question: str, reply: Likelihoods | EngineError) -> Usage:
        if isinstance(reply, Likelihoods):
            return reply.usage
        return spent_on(reply, self.bound([question]))

    async def _unthinking(self, prompt: Prompt) -> tuple[Step, ...]:
        """Return what has a model that thinks answer at once, where that can be put into a turn."""
        if prompt.thinking is None or prompt.ids is None:
            return ()
        return await begun_turn(self._engine, prompt.thinking.skipped)


@asynccontextmanager
async def engine_for(
    config: AskingConfig, engine: Engine, carried: Carried = nothing
) -> AsyncIterator[Engine]:
    """Give the engine that a judge asks: the generator's, or one of its own, with what is carried.

    Raises:
        ScorerUnavailable: its own server is not there, or not as it must be.
    """
    if config.server is None:
        yield engine
        return
    key = config.server.api_key.get_secret_value() if config.server.api_key else None
    url = root_of(config.server.url)
    async with Transport(url, api_key=key, carried=carried) as transport:
        try:
            own = await probe(transport, config.server)
        except EngineError as error:
            raise ScorerUnavailable(f"the judge's server: {error}") from error
        yield own


async def begun_turn(engine: Engine, text: str) -> tuple[Step, ...]:
    """Return a turn that has come to `text`, as `engine` takes it.

    Raises:
        EngineError: it could not be tokenized.
    """
    ids = await engine.tokenize(text)
    return (Step(text, len(ids or ()), ids),)


def prompt_bound(turns: Sequence[str]) -> int:
    """Return more tokens than a prompt of (T,) turns has; a token is at least one byte."""
    return _TEMPLATE_TOKENS + sum(len(turn.encode()) + _TURN_TOKENS for turn in turns)


def shown(conversation: Conversation) -> str:
    """Return a conversation as a question shows it, its roles named and its tools told of."""
    return "\n\n".join(f"[{m.role}]\n{m.content}" for m in in_words(conversation).messages)


def neither(first: float, second: float) -> bool:
    """Whether log-probabilities are those of labels the model did not think of."""
    return first == second and exp(first) < _FAINT


def probability(first: float, second: float) -> float:
    """Return P(first) / (P(first) + P(second)) in [0, 1] from log-probabilities, not both -inf."""
    if first >= second:
        return 1 / (1 + exp(second - first))
    odds = exp(first - second)
    return odds / (1 + odds)
