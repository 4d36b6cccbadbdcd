"""Rows of PRM800K: what people said of the steps of one solution (github.com/openai/prm800k).

Knows the form of a line, in which `fathom label --human` writes too, not what becomes of it. What
the form has besides is not looked at.
"""

from typing import Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from training.examples import Rating

FinishReason: TypeAlias = Literal["found_error", "solution", "bad_problem", "give_up"]
"""Why labelling ended: at an error, at the answer, for a broken question, for being stuck."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Completion(_Part):
    """A way to go on, and what was said of it; `None` if nothing was."""

    text: str
    rating: Rating | None = None
    flagged: bool | None = None


class Written(_Part):
    """A step that the person wrote because all others were wrong."""

    text: str


class LabelledStep(_Part):
    """One place in a solution: the ways to go on, and which was taken."""

    completions: tuple[Completion, ...] | None = ()
    human_completion: Written | str | None = None
    chosen_completion: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _chosen_is_there(self) -> Self:
        chosen, n = self.chosen_completion, len(self.ways)
        if chosen is not None and chosen >= n:
            raise ValueError(f"completion {chosen} is chosen of {n}")
        return self

    @property
    def ways(self) -> tuple[Completion, ...]:
        """The completions, none if there is no list."""
        return self.completions or ()

    @property
    def written(self) -> str | None:
        """The text the person wrote, in either of the forms it comes in."""
        by_hand = self.human_completion
        return by_hand.text if isinstance(by_hand, Written) else by_hand


class AskedQuestion(_Part):
    """The question, and in phase 2 the solution of it that was shown."""

    problem: str = Field(min_length=1)
    ground_truth_solution: str | None = None
    ground_truth_answer: str | None = None
    pre_generated_steps: tuple[str, ...] | None = None
    pre_generated_answer: str | None = None
    pre_generated_verifier_score: float | None = None


class Label(_Part):
    """What was said, in how many milliseconds, and why it ended."""

    steps: tuple[LabelledStep, ...]
    total_time: int | float | None = None
    finish_reason: FinishReason | None = None


class Row(_Part):
    """One line: one person's labels of one solution."""

    labeler: str | None = None
    timestamp: str | None = None
    generation: int | None = None
    is_quality_control_question: bool | None = False
    is_initial_screening_question: bool | None = False
    question: AskedQuestion
    label: Label

    @property
    def phase(self) -> Literal[1, 2]:
        """Of the collection: alternatives of each step, or whole solutions to the first error."""
        return 1 if self.generation is None else 2
