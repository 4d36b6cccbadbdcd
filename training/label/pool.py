"""A pool of solutions, scored by a selector as it is read; its texts are never held together."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from scorers.base import Opinion, Verdict
from training.examples import Example
from training.label.active import Ranked, select
from training.label.already import Already
from training.label.batches import batches
from training.label.grading import Grading
from training.label.judging import Judging
from training.label.lines import at_line, numbered
from training.label.solutions import key_of

_TOGETHER = 256

Keep: TypeAlias = Callable[[Ranked], None]
"""Keeps a score, so that it need not be asked for again."""


@dataclass(slots=True)
class Picked:
    """What was in the pool, and what was picked of it."""

    questions: int = 0
    solutions: int = 0
    labelled_before: int = 0
    scored_before: int = 0
    not_scored: int = 0
    picked_wrong: int = 0
    picked_right: int = 0


class Pool:
    """The solutions of each question by their keys, with their scores.

    Args:
        judging: the selector, and how it is shown solutions.
        grading: tells which are right, of those whose outcome is not known.
        already: those not to be picked.
        known: scores from before.
        keep: told each new score.
    """

    def __init__(
        self,
        judging: Judging,
        grading: Grading,
        already: Already,
        known: dict[str, Ranked],
        keep: Keep,
    ) -> None:
        judging.check()
        self._judging, self._grading, self._already = judging, grading, already
        self._known, self._keep = known, keep
        self._questions: dict[str, dict[str, Ranked]] = {}
        self.counts = Picked()

    async def read(self, examples: Iterable[Example]) -> None:
        """Take solutions into the pool, and have those scored whose score is not known.

        Raises:
            ScorerUnavailable: the selector is down. The scores that were had by then are kept.
        """
        for some in batches(self._candidates(examples), _TOGETHER):
            fresh = [one for one in some if not self._remembered(one)]
            await self._judging.judge(await self._grading.fill(fresh), self._hear)

    def pick(self, examples: Iterable[Example], n: int, seed: int) -> Iterator[Example]:
        """Give what is picked, n of each question, out of the solutions that were read.

        They come in their order, without labels of steps, with their outcomes.
        """
        scored = (list(pool.values()) for pool in self._questions.values())
        picked = {one.key: one for pool in scored for one in select(pool, n, seed)}
        for example in examples:
            one = picked.pop(key_of(example.question, example.steps), None)
            if one is not None:
                self.counts.picked_right += one.right
                self.counts.picked_wrong += not one.right
                yield example.model_copy(
                    update={"ratings": None, "values": None, "outcome": one.right}
                )

    def _candidates(self, examples: Iterable[Example]) -> Iterator[Example]:
        """Give the solutions that are new and may be picked."""
        for example in examples:
            if example in self._already:
                self.counts.labelled_before += 1
                continue
            pool = self._questions.setdefault(example.question, {})
            if key_of(example.question, example.steps) not in pool:
                yield example

    def _remembered(self, example: Example) -> bool:
        one = self._known.get(key_of(example.question, example.steps))
        if one is not None:
            self.counts.scored_before += 1
            self._add(example.question, one)
        return one is not None

    def _hear(self, example: Example, opinion: Opinion) -> None:
        told = opinion.score if isinstance(opinion, Verdict) else None
        one = Ranked(
            key=key_of(example.question, example.steps),
            right=bool(example.outcome),
            selector=self._judging.scorer.name,
            score=told,
            reason=None if isinstance(opinion, Verdict) else opinion.reason,
        )
        self._keep(one)
        self._add(example.question, one)

    def _add(self, question: str, one: Ranked) -> None:
        pool = self._questions[question]
        if one.key not in pool:
            pool[one.key] = one
            self.counts.questions = len(self._questions)
            self.counts.solutions += 1
            self.counts.not_scored += one.score is None


def read_scores(path: Path, selector: str) -> dict[str, Ranked]:
    """Read the scores that a selector gave before; none if there is no such file.

    Raises:
        ExampleError: the file is not one of scores.
    """
    scores: dict[str, Ranked] = {}
    for number, line in numbered(path) if path.exists() else ():
        with at_line(path, number):
            one = Ranked.model_validate_json(line)
        if one.selector == selector and one.score is not None:
            scores[one.key] = one
    return scores
