"""Solutions as they were drawn: their steps, the beginnings these end, and their final answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from engines.base import Step
from engines.tasks import collect
from scorers.answers import Grader, final_answer
from scorers.base import Candidate
from training.rollouts.plan import Plan

Prefix: TypeAlias = tuple[str, ...]
"""The beginning of a solution, known by the texts of its steps as they were drawn."""


@dataclass(frozen=True, slots=True)
class Solution:
    """A solution of a question, of (S,) steps. What was drawn without text is part of a step.

    Steps end with `step_end`. `answer` is the final answer, `None` if it gives none, and `right`
    whether that is the true one. A solution that was cut short gives none, whatever it says.
    """

    candidate: Candidate
    step_end: str
    answer: str | None
    right: bool

    @property
    def steps(self) -> tuple[str, ...]:
        """The (S,) texts, without what separates them."""
        said = map(self._said, self.candidate.steps)
        return tuple(text for text in said if text)

    @property
    def beginnings(self) -> tuple[tuple[Step, ...], ...]:
        """What was drawn up to the end of each step, (S,): the last is all of it."""
        steps = self.candidate.steps
        spoken = [place for place, step in enumerate(steps) if self._said(step)]
        return tuple(steps[:end] for end in (*spoken[1:], len(steps))) if spoken else ()

    @property
    def prefixes(self) -> tuple[Prefix, ...]:
        """What the (S,) beginnings are known by."""
        return tuple(tuple(step.text for step in begun) for begun in self.beginnings)

    def _said(self, step: Step) -> str:
        return step.text.removesuffix(self.step_end).strip()


async def solved(
    candidates: Sequence[Candidate], plan: Plan, truth: str, grader: Grader
) -> list[Solution]:
    """Find the final answers of (N,) ended candidates, and compare them with the true one."""
    found = [final_answer(c.answer, plan.pattern) if c.whole else None for c in candidates]
    texts = [answer.text if answer else None for answer in found]
    given = list(dict.fromkeys(text for text in texts if text is not None))
    equal = await collect(grader.equal(truth, text) for text in given)
    right = {text for text, same in zip(given, equal, strict=True) if same}
    pairs = zip(candidates, texts, strict=True)
    return [Solution(c, plan.step_end, text, text in right) for c, text in pairs]
