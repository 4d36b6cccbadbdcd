"""Critiques that a language model writes before it judges: how they are had, and what they cost."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Self

from pydantic import Field, model_validator

from engines.base import Engine, Likelihoods, Prompt, Request, Sample, Sampling
from engines.conversation import Conversation
from engines.errors import EngineError, EngineUnavailable
from engines.usage import Usage
from scorers.asking import AskingConfig, begun_turn, neither, probability, prompt_bound
from scorers.base import Abstention, Opinion, Verdict
from scorers.each import spent_on


@dataclass(frozen=True, slots=True)
class Writing:
    """How K `samples` are written: up to `max_tokens` tokens each."""

    samples: int
    max_tokens: int
    temperature: float
    timeout_seconds: float


class WritingConfig(AskingConfig):
    """A language model that writes before it judges."""

    samples: int = Field(default=1, ge=1, le=256, description="critiques of each solution, K")
    max_tokens: int = Field(default=4096, ge=1, description="tokens of one critique")
    temperature: float = Field(
        default=0.0, ge=0, le=2, description="of the critiques; more than 0 for several"
    )
    timeout_seconds: float = Field(
        default=600, gt=0, description="a critique or an answer that takes longer is none"
    )

    @property
    def writing(self) -> Writing:
        """How critiques are written."""
        return Writing(self.samples, self.max_tokens, self.temperature, self.timeout_seconds)

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if self.samples > 1 and self.temperature == 0:
            raise ValueError("at temperature 0 all samples are the same: set `temperature`")
        return self


@dataclass(frozen=True, slots=True)
class Critiques:
    """The (K,) critiques of one solution, the prompt they are behind, and what they cost."""

    prompt: Prompt
    samples: tuple[Sample, ...]
    usage: Usage

    @property
    def texts(self) -> tuple[str, ...]:
        """What each says to its reader; where it came to nothing but thinking, that."""
        marks = self.prompt.thinking
        told = [sample.step.text for sample in self.samples]
        if marks is None:
            return tuple(told)
        parts = map(marks.split, told)
        return tuple((answer or thinking).strip() for thinking, answer in parts)


class Critic:
    """Has `engine` write.

    Args:
        name: of the calls, in the server's logs; with the version of their prompt.
        engine: the generator's own engine, or another one.
        how: how many critiques, how long, and how they are drawn.
    """

    def __init__(self, name: str, engine: Engine, how: Writing) -> None:
        self._name, self._engine, self._how = name, engine, how
        self._calls = count(1)

    def bound(self, turns: Sequence[str]) -> Usage:
        """Return the most that K critiques behind (T,) turns cost."""
        able, how = self._engine.capabilities, self._how
        return able.bill(prompt_bound(turns), 0, how.samples * how.max_tokens)

    def reading_bound(self, turns: Sequence[str]) -> Usage:
        """Return the most that reading a token behind each of K critiques costs.

        `turns` are those around the critique.
        """
        return sum((self._reading(turns) for _ in range(self._how.samples)), start=Usage())

    def bill(self, turns: Sequence[str], replies: Sequence[Likelihoods | EngineError]) -> Usage:
        """Return what (K,) readings cost; of one that failed, all it may have, if anything."""
        costs = (self._cost(turns, reply) for reply in replies)
        return sum(costs, start=Usage())

    def _cost(self, turns: Sequence[str], reply: Likelihoods | EngineError) -> Usage:
        if isinstance(reply, Likelihoods):
            return reply.usage
        return spent_on(reply, self._reading(turns))

    def _reading(self, turns: Sequence[str]) -> Usage:
        read = prompt_bound(turns) + self._how.max_tokens
        return self._engine.capabilities.bill(read, 0, 1)

    async def write(self, asked: Conversation, begun: str = "") -> Critiques | EngineError:
        """Return critiques, or why there are none; the turn of each begins with `begun`."""
        how = Sampling(self._how.max_tokens, temperature=self._how.temperature)
        name = f"{self._name}.{next(self._calls)}"
        try:
            async with asyncio.timeout(self._how.timeout_seconds):
                prompt = await self._engine.render(asked)
                steps = await begun_turn(self._engine, begun) if begun else ()
                request = Request(name, prompt, steps, self._how.samples, how, 0)
                drawn = await self._engine.generate(request)
        except EngineError as error:
            return error
        except TimeoutError:
            return EngineUnavailable(f"{name} took longer than {self._how.timeout_seconds:g} s")
        return Critiques(prompt, drawn.samples, drawn.usage)


def mean_of(replies: Sequence[Likelihoods | EngineError]) -> Opinion | EngineError:
    """Return the mean of P(first label) of (K,) replies, of those that tell it.

    Where none does, why: the failure, if all failed.
    """
    told = [reply.logprobs for reply in replies if isinstance(reply, Likelihoods)]
    shares = [probability(yes, no) for yes, no in told if not neither(yes, no)]
    if shares:
        mean = sum(shares) / len(shares)
        return Verdict(mean, (mean,))
    failures = [reply for reply in replies if isinstance(reply, EngineError)]
    if failures and not told:
        return failures[0]
    return Abstention("the verifier says neither Yes nor No")
