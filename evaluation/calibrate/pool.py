"""Pools: many whole solutions of each question, drawn, judged and graded once.

Knows how they are drawn and kept, not what is made of them.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Discriminator, TypeAdapter

from engines.errors import EngineError
from engines.tasks import collect
from engines.thinking import Thinking
from engines.usage import Usage
from evaluation.calibrate.errors import NotPooled
from evaluation.calibrate.how import How
from evaluation.datasets import Question
from evaluation.fingerprint import Setup, task
from evaluation.grading import graded
from evaluation.meter import Meter, failed
from evaluation.records import Failed, Records
from scorers.base import Candidate, Ending, Opinion, Scored, ScorerError
from search import Budget, Outcome, run_search
from search.errors import SearchError, StrategyRefused
from search.strategies import BestOfN

FILE = "pool.jsonl"


@dataclass(frozen=True, slots=True)
class Solution:
    """A solution as the model gave it, and what was found of it.

    Attributes:
        text: all the model said.
        tokens: of that.
        finish: why it ended.
        answer: the final answer it gives; `None` if it gives none.
        group: which of the question's different answers that is; `None` without an answer.
        right: whether it is the true one.
        opinion: what the scorer said of it.
        first: the log-probability of its first token; `None` if it is not known.
    """

    text: str
    tokens: int
    finish: Ending
    answer: str | None
    group: int | None
    right: bool
    opinion: Opinion
    first: float | None


@dataclass(frozen=True, slots=True)
class Pooled:
    """A question's pool. Its solutions are in random order, so that the first k are any k.

    `scorer` judged them all; `thinking` is how their turns show their thinking.
    """

    id: str
    question: str
    truth: str
    solutions: tuple[Solution, ...]
    scorer: str
    thinking: Thinking | None
    generator: Usage
    verifier: Usage
    seconds: float
    degradations: tuple[str, ...] = ()
    kind: Literal["pooled"] = "pooled"

    @property
    def plain_tokens(self) -> float:
        """The mean tokens of one plain sample."""
        return sum(solution.tokens for solution in self.solutions) / len(self.solutions)

    @property
    def read_tokens(self) -> float:
        """The tokens of the prompt of one request, its pauses among them."""
        return self.generator.prompt_tokens / max(1, self.generator.calls)

    @property
    def judging_tokens(self) -> float:
        """The tokens a verifier that writes took for one solution, on average."""
        return self.verifier.completion_tokens / len(self.solutions)


Record: TypeAlias = Pooled | Failed
LINE: TypeAdapter[Record] = TypeAdapter(Annotated[Pooled | Failed, Discriminator("kind")])
Listener: TypeAlias = Callable[[Record], None]
"""Told each record as it is made, and first those the file held already; must not block."""


class _WithFirstTokens(BestOfN):
    """Best-of-N that has the log-probabilities of tokens told, as one estimator reads them."""

    alternatives: ClassVar[int] = 1


async def draw(
    questions: Sequence[Question],
    size: int,
    how: How,
    *,
    progress: Listener = lambda _: None,
) -> list[Record]:
    """Draw `size` solutions of each question; return the records in the questions' order.

    Questions that were drawn before, by the same setup, are not asked again; those that failed are.

    Raises:
        StrategyRefused: no question can be asked this way.
        OutputRefused: the file cannot be used.
    """
    strategy, gate = _strategy(size, how), asyncio.Semaphore(how.concurrency)

    async def ask(question: Question) -> None:
        async with gate:
            record = await _ask(question, strategy, how)
        records.add(record)
        progress(record)

    with _records(size, how) as records:
        for question in questions:
            if records.answered(question):
                progress(records.kept[question.id])
        await collect(ask(q) for q in questions if not records.answered(q))
        return [records.kept[question.id] for question in questions]


def known(questions: Sequence[Question], size: int, how: How) -> list[Pooled]:
    """Return the pools that were drawn before.

    Raises:
        OutputRefused: the file cannot be used.
    """
    with _records(size, how) as records:
        kept = [records.kept[question.id] for question in questions if records.answered(question)]
    return [record for record in kept if isinstance(record, Pooled)]


def setup(size: int, how: How) -> Setup:
    """Return all that pools depend on, and so the identity of their file."""
    return Setup.of(
        _strategy(size, how),
        how.models,
        Budget(),
        how.sampling,
        seed=how.seed,
        prompt=how.prompt,
    )


def _records(size: int, how: How) -> Records[Record]:
    return Records(setup(size, how), LINE, how.file(_file(how.pauses)))


def _file(pauses: int) -> str:
    return f"pool-{pauses}-pauses.jsonl" if pauses else FILE


def _strategy(size: int, how: How) -> BestOfN:
    able = how.models.engine.capabilities.alternatives
    return _WithFirstTokens(n=size) if able else BestOfN(n=size)


async def _ask(question: Question, strategy: BestOfN, how: How) -> Record:
    asked, meter = task(question, how.sampling, seed=how.seed, prompt=how.prompt), Meter()
    try:
        outcome = await run_search(strategy, asked, how.models, Budget(), sink=meter.hear)
        return await _pooled(question, outcome, strategy.n, how, meter)
    except StrategyRefused:
        raise
    except (EngineError, ScorerError, SearchError, NotPooled) as error:
        return failed(question, error, meter)


async def _pooled(
    question: Question, outcome: Outcome, size: int, how: How, meter: Meter
) -> Pooled:
    judged = _judged(outcome.ranked, size, how.models.scorers[0].name)
    # They come best first: in that order the first few would be no sample of the model's.
    Random(f"{how.seed}/{question.id}").shuffle(judged)
    answers = await graded(judged, question, how.models.grader)
    return Pooled(
        question.id,
        question.text,
        question.truth,
        tuple(
            Solution(
                one.text,
                one.tokens,
                one.finish or "length",
                drawn.answer,
                drawn.group,
                drawn.right,
                one.opinion,
                _first(one),
            )
            for one, drawn in zip(judged, answers, strict=True)
        ),
        judged[0].scorer,
        judged[0].prompt.thinking,
        meter.generator,
        meter.verifier,
        meter.seconds,
        outcome.degradations,
    )


def _judged(ranked: Sequence[Candidate], size: int, scorer: str) -> list[Scored]:
    judged = [one for one in ranked if isinstance(one, Scored) and one.scorer == scorer]
    if len(ranked) < size:
        raise NotPooled(f"{len(ranked)} of {size} solutions were drawn")
    if len(judged) < size:
        raise NotPooled(f"{scorer} could not judge its solutions")
    return judged


def _first(one: Candidate) -> float | None:
    known = one.steps[0].logprobs if one.steps else None
    return known[0] if known else None
