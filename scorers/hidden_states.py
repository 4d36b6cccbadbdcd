"""A process reward model that is a small head on a model's own hidden states.

The model is the one that draws, on the embedded engine, which then judges its own turns; or one
of the scorer's own, from a second GGUF file. What the head reads, and how its logit becomes
P(step is correct), arXiv:2305.20050, section 2.6, is in its file: see `scorers.head`.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Literal

from pydantic import Field
from typing_extensions import override

from engines.base import Engine, Prompt, Step
from engines.conversation import Conversation, Message
from engines.errors import EngineError
from engines.llamacpp import LlamaCppConfig, open_llamacpp
from engines.price import Price
from engines.states import ShowsStates
from engines.usage import Counted, Usage
from scorers.answers import compiled
from scorers.base import (
    Abstention,
    Aggregation,
    Candidate,
    Judgement,
    Opinion,
    Scorer,
    ScorerUnavailable,
    Verdict,
    aggregate,
)
from scorers.each import unwritten
from scorers.head import Head, read_head
from scorers.kind import Around, ScorerKind
from scorers.layout import by_step, question_of
from scorers.rating import Rater
from scorers.reading import Readable, Reader, StatesEngine, TextReader, TurnReader

_SLOTS = 4
"""Texts that a server of the scorer's own reads at once."""
_TOLERANCE = 0.05
"""How far the rewards of a head's known solution may be off: quantised models differ by less."""


class HiddenStates:
    """Judges candidates by the rewards of their steps.

    Args:
        name: what the configuration calls it.
        engine: shows the states.
        head: judges them.
        reader: says what is read of a candidate.
        config: what else was configured.
    """

    partial, relative, remote = True, False, True
    alternatives = 0

    def __init__(
        self,
        name: str,
        engine: StatesEngine,
        head: Head,
        reader: Reader,
        config: "HiddenStatesConfig",
    ) -> None:
        self.name = name
        self._engine, self._head, self._reader = engine, head, reader
        self._how = config.aggregation or head.aggregation
        self._seconds = config.timeout_seconds
        self._rater = Rater(engine, head)
        self._domain = None if head.domain is None else compiled(head.domain)
        self._calls = count(1)

    @property
    def counts(self) -> Counted:
        """What is known of the cost of its model's tokens."""
        return self._engine.capabilities.counts

    async def check(self) -> None:
        """Judge the head's known solution, and return if its rewards are what they were.

        Raises:
            ScorerUnavailable: they are not, so the head was made for another model; or none came.
        """
        known, rewards = self._head.known, await self.known()
        pairs = zip(rewards, known.rewards or rewards, strict=True)
        if any(abs(got - told) > _TOLERANCE for got, told in pairs):
            raise ScorerUnavailable(
                f"the head gave its example {known.rewards} when it was made, and gives "
                f"{rewards} now: it is not for this model"
            )

    async def known(self) -> tuple[float, ...]:
        """Return the (S,) rewards of the head's known solution.

        Raises:
            ScorerUnavailable: it has none, or not one for each step.
        """
        known = self._head.known
        prompt = Prompt(Conversation((Message("user", known.question),)))
        steps = tuple(Step(text, 0) for text in known.steps)
        [opinion] = (await self.judge((Candidate(prompt, steps, "eos"),))).opinions
        if isinstance(opinion, Abstention):
            raise ScorerUnavailable(f"the head abstains on its own example: {opinion.reason}")
        if len(opinion.rewards) != len(known.rewards or opinion.rewards):
            raise ScorerUnavailable("the head's example has not a reward for each step")
        return opinion.rewards

    def bound(self, candidates: Sequence[Candidate]) -> Usage:
        """Return what reading every text at its longest costs."""
        asked = [c for c in candidates if self._refusal(c) is None]
        tokens = sum(map(self._reader.bound, asked))
        return self._engine.capabilities.bill(tokens, 0, 0, calls=min(1, len(asked)))

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        """Judge (N,) candidates; see `Scorer.judge`.

        Abstained on are solutions without text, too short or too long ones, and answers to
        questions that the head was not trained for.
        """
        reasons = [self._refusal(candidate) for candidate in candidates]
        shown = [c for c, reason in zip(candidates, reasons, strict=True) if reason is None]
        judged, usage = await self._judge(shown) if shown else ([], Usage())
        known = iter(judged)
        opinions = tuple(next(known) if r is None else Abstention(r) for r in reasons)
        return Judgement(opinions, usage)

    async def _judge(self, shown: Sequence[Candidate]) -> tuple[list[Opinion], Usage]:
        async with self._answering():
            read = await self._reader.read(shown)
            reasons = [self._unread(*pair) for pair in zip(shown, read, strict=True)]
            fit = [text for text, reason in zip(read, reasons, strict=True) if reason is None]
            rated = await self._rater.rate(fit, request_id=f"{self.name}-{next(self._calls)}")
        verdicts = map(self._verdict, fit, rated.rewards)
        return [next(verdicts) if r is None else Abstention(r) for r in reasons], rated.usage

    def _refusal(self, candidate: Candidate) -> str | None:
        """Say why a candidate is not to be read at all, if it is not."""
        if (why := unwritten(candidate)) is not None or self._domain is None:
            return why
        if not self._domain.fullmatch(question_of(candidate.prompt.conversation)):
            return "the head was not trained for such a question"
        return None

    def _unread(self, candidate: Candidate, text: Readable) -> str | None:
        """Say why what was to be read of a candidate is not judged, if it is not."""
        most = self._engine.capabilities.states
        if len(text.ids) > most:
            return f"it has {len(text.ids)} tokens with its question, and {most} can be read"
        if candidate.finished and text.tokens < self._head.fewest_tokens:
            return f"it has {text.tokens} tokens, too few for the head"
        return None if text.ends else "no step has a token"

    def _verdict(self, text: Readable, rated: Sequence[float]) -> Opinion:
        rewards = tuple(aggregate(step, self._how) for step in by_step(rated, text.counts))
        return Verdict(aggregate(rated, self._how), rewards)

    @asynccontextmanager
    async def _answering(self) -> AsyncIterator[None]:
        """Turn what can go wrong with the server into our errors."""
        try:
            async with asyncio.timeout(self._seconds):
                yield
        except EngineError as error:
            raise ScorerUnavailable(str(error), unspent=error.unspent) from error
        except TimeoutError as error:
            raise ScorerUnavailable(f"reading took longer than {self._seconds:g} s") from error


class HiddenStatesConfig(ScorerKind):
    """A small head on a model's hidden states, on the embedded engine."""

    kind: Literal["hidden_states"] = "hidden_states"
    head: Path = Field(description="the head's file")
    model: Path | None = Field(
        default=None, description="a GGUF file of its own; the generator's engine if not given"
    )
    longest: int = Field(
        default=1024, ge=32, description="with `model`: tokens of the longest text that is read"
    )
    threads: int | None = Field(
        default=None, ge=1, description="with `model`; one for each processor but one if not given"
    )
    price: Price | None = Field(
        default=None, description="with `model`: of its tokens, to count their cost"
    )
    timeout_seconds: float = Field(
        default=120, gt=0, description="reading that takes longer is none: the scorer has failed"
    )
    aggregation: Aggregation | None = Field(
        default=None, description="how the rewards of steps become the score; the head's if null"
    )

    @override
    @asynccontextmanager
    async def open(self, name: str, around: Around) -> AsyncIterator[Scorer]:
        """Give the scorer; see `ScorerKind.open`."""
        head = read_head(self.head)
        if self.model is None:
            scorer = self.scorer(name, head, showing(around.engine), drawn=True)
            await scorer.check()
            yield scorer
            return
        async with _own(self) as engine:
            scorer = self.scorer(name, head, engine, drawn=False)
            await scorer.check()
            yield scorer

    def scorer(self, name: str, head: Head, engine: StatesEngine, *, drawn: bool) -> HiddenStates:
        """Return the scorer that reads this engine's states; `drawn` if it draws, too."""
        layout = head.written
        reader = TurnReader(engine, drawn=drawn) if layout is None else TextReader(engine, layout)
        return HiddenStates(name, engine, head, reader, self)


def showing(engine: Engine) -> StatesEngine:
    """Return an engine as one whose hidden states can be read.

    Raises:
        ScorerUnavailable: it shows none.
    """
    if not (isinstance(engine, ShowsStates) and engine.capabilities.states):
        raise ScorerUnavailable(
            f"the engine of {engine.capabilities.model} shows no hidden states; the embedded one "
            "does: set `model` to a GGUF file for it"
        )
    return engine


@asynccontextmanager
async def _own(config: HiddenStatesConfig) -> AsyncIterator[StatesEngine]:
    """Start a server of the scorer's own."""
    told = LlamaCppConfig(
        model=config.model,
        context=_SLOTS * config.longest,
        slots=_SLOTS,
        states=config.longest,
        threads=config.threads,
        price=config.price,
        thinking=None,
    )
    async with AsyncExitStack() as stack:
        try:
            engine = await stack.enter_async_context(open_llamacpp(told))
        except EngineError as error:
            raise ScorerUnavailable(f"the head's own model: {error}") from error
        yield engine
