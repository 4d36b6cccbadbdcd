"""Outcomes by the project's grader: whether a solution's final answer is the true one.

Source: arXiv:2305.20050, section 2.5. An outcome is the label of a whole solution; an outcome
reward model is trained to say it at every token. A solution without an answer is wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from engines.tasks import collect
from scorers.answers import Grader, final_answer
from training.examples import Example


@dataclass(slots=True)
class Graded:
    """How many solutions were graded, and to what; `unanswered` are among the wrong."""

    right: int = 0
    wrong: int = 0
    unanswered: int = 0

    def count(self, example: Example) -> None:
        """Count a graded solution."""
        self.right += bool(example.outcome)
        self.wrong += not example.outcome
        self.unanswered += example.answer is None


@dataclass(frozen=True, slots=True)
class Grading:
    """How solutions are graded.

    Attributes:
        grader: compares answers.
        step_end: what ended the steps of a solution when it was a text.
        pattern: a regular expression that finds the answer; `None` for the usual marks.
    """

    grader: Grader
    step_end: str = "\n\n"
    pattern: str | None = None

    def answer(self, example: Example) -> str | None:
        """Return the final answer: the one that is given with the solution, or that of its text.

        Raises:
            BadPattern: the pattern cannot be used.
        """
        if example.answer is not None:
            return example.answer
        found = final_answer(self.step_end.join(example.steps), self.pattern)
        return found.text if found else None

    async def grade(self, examples: Sequence[Example]) -> list[Example]:
        """Give (N,) solutions their outcomes and answers; one without a `truth` stays as it is.

        Raises:
            BadPattern: the pattern cannot be used.
        """
        asked = [(one.truth, self.answer(one)) for one in examples]
        pairs = [(t, a) for t, a in dict.fromkeys(asked) if t is not None and a is not None]
        equal = await collect(self.grader.equal(truth, given) for truth, given in pairs)
        right = {pair for pair, same in zip(pairs, equal, strict=True) if same}
        return [
            one
            if one.truth is None
            else one.model_copy(update={"answer": pair[1], "outcome": pair in right})
            for one, pair in zip(examples, asked, strict=True)
        ]

    async def fill(self, examples: Sequence[Example]) -> list[Example]:
        """Grade those of (N,) solutions whose outcome is not known; see `grade`."""
        graded = iter(await self.grade([one for one in examples if one.outcome is None]))
        return [next(graded) if one.outcome is None else one for one in examples]
