"""Have both answer every prompt, and a judge rate each pair of answers in both orders."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from engines.conversation import Conversation
from engines.errors import EngineError
from engines.tasks import collect
from evaluation.datasets import DatasetError
from evaluation.pairwise.prompts import Asked, name_of, read_answers
from evaluation.pairwise.protocol import (
    PROMPT_VERSION,
    Scores,
    question,
    read_scores,
    verdict_of,
)
from evaluation.pairwise.records import LINE, Answer, Failed, Judged, Rating, Record
from evaluation.pairwise.tally import Tally, tally
from scorers.base import ScorerError
from search.errors import NothingToVote, SearchError, StrategyRefused
from training.journal import Settings, fingerprint
from training.latest import latest

Listener: TypeAlias = Callable[[Record], None]
"""Told each record as it is made, and first those the file held already; must not block."""


class Answers(Protocol):
    """A model that answers, or what it has answered."""

    @property
    def setup(self) -> Settings:
        """All that its answers depend on, but the prompt and the seed."""
        ...

    def has(self, prompt: Conversation) -> bool:
        """Say whether there can be an answer to this."""
        ...

    async def answer(self, prompt: Conversation, seed: int) -> Answer:
        """Answer.

        Raises:
            EngineError, ScorerError, SearchError: there is no answer, and why.
        """
        ...


@dataclass(frozen=True, slots=True)
class Written:
    """Answers that are in a file, by the hash of what they answer."""

    path: Path
    answers: dict[str, str]

    @classmethod
    def read(cls, path: Path) -> "Written":
        """Read them.

        Raises:
            DatasetError: the file cannot be read, or holds something else.
        """
        return cls(path, read_answers(path))

    @property
    def setup(self) -> Settings:
        """What they are."""
        return {"answers": fingerprint(self.answers)}

    def has(self, prompt: Conversation) -> bool:
        """Say whether there is one to this."""
        return name_of(prompt) in self.answers

    async def answer(self, prompt: Conversation, _: int) -> Answer:
        """Return the one to this."""
        return Answer(self.answers[name_of(prompt)])


@dataclass(frozen=True, slots=True)
class Match:
    """Two that answer, one that judges, and a seed that varies the samples of all three."""

    a: Answers
    b: Answers
    judge: Answers
    seed: int = 0

    @property
    def setup(self) -> Settings:
        """All that what comes of it depends on, but the prompts."""
        return {
            "kind": "pairwise",
            "a": dict(self.a.setup),
            "b": dict(self.b.setup),
            "judge": dict(self.judge.setup),
            "prompt_version": PROMPT_VERSION,
            "seed": self.seed,
        }

    async def play(
        self,
        prompts: Sequence[Asked],
        out: Path,
        *,
        concurrency: int = 4,
        progress: Listener = lambda _: None,
    ) -> Tally:
        """Return how A does against B on the prompts that both can answer.

        Args:
            prompts: what to ask.
            out: where each record goes as it is made. Prompts judged there are not asked again;
                those that failed are.
            concurrency: prompts at once.
            progress: hears the records.

        Raises:
            StrategyRefused: one of the three cannot answer this way.
            OutputRefused: `out` cannot be used.
            DatasetError: a file answers none of the prompts.
        """
        asked = [p for p in prompts if self.a.has(p.conversation) and self.b.has(p.conversation)]
        self._check(asked)
        gate = asyncio.Semaphore(concurrency)

        async def ask(prompt: Asked) -> None:
            async with gate:
                record = await self._record(prompt)
            records.add(record)
            progress(record)

        with latest(out, self.setup, LINE) as records:
            for prompt in asked:
                if records.done(prompt.id):
                    progress(records.kept[prompt.id])
            await collect(ask(prompt) for prompt in asked if not records.done(prompt.id))
            kept = [records.kept[prompt.id] for prompt in asked]
        return tally(kept, left_out=len(prompts) - len(asked), seed=self.seed)

    def _check(self, asked: Sequence[Asked]) -> None:
        for side in (self.a, self.b):
            if not asked and isinstance(side, Written):
                raise DatasetError(side.path, None, "answers none of the prompts")

    async def _record(self, prompt: Asked) -> Record:
        try:
            return await self._judged(prompt)
        except (EngineError, ScorerError, SearchError) as error:
            if isinstance(error, StrategyRefused) and not isinstance(error, NothingToVote):
                raise
            return Failed(prompt.id, prompt.text, f"{type(error).__name__}: {error}")

    async def _judged(self, prompt: Asked) -> Judged:
        seed, asked = _seed(self.seed, prompt.id), prompt.conversation
        a, b = await collect(side.answer(asked, seed) for side in (self.a, self.b))
        one, two = await collect(
            self.judge.answer(question(asked, first.text, second.text), seed)
            for first, second in ((a, b), (b, a))
        )
        ab, ba = _rating(one, turned=False), _rating(two, turned=True)
        verdict = verdict_of(ab.scores, ba.scores) if ab.scores and ba.scores else None
        return Judged(prompt.id, prompt.text, a, b, ab, ba, verdict)


def _rating(reply: Answer, *, turned: bool) -> Rating:
    """Return the scores of A and B in a reply; `turned` says that B's answer was shown first."""
    read = read_scores(reply.text)
    scores = None if read is None else Scores(*read)
    return Rating(reply.text, scores.mirrored if turned and scores else scores, reply.usage)


def _seed(seed: int, name: str) -> int:
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return int.from_bytes(digest[:4], "big")
