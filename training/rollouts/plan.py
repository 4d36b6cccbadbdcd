"""How questions are labelled: all that the labels depend on. Draws nothing."""

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from engines.base import Capabilities, Sampling
from engines.conversation import Conversation, Message
from engines.errors import Unsupported
from scorers.answers import check_pattern

PLACE = "{question}"
"""What a prompt template has where the question goes."""

Way: TypeAlias = Literal["rollouts", "omega"]
"""Which beginnings of a solution are continued: all of them, or those of a binary search."""


class Question(Protocol):
    """What to ask, and the answer known to be right; `id` tells it from all others."""

    @property
    def id(self) -> str:
        """Its name, the same in every run."""
        ...

    @property
    def text(self) -> str:
        """What is asked."""
        ...

    @property
    def truth(self) -> str:
        """The right answer."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """How each question is labelled.

    Attributes:
        by: which beginnings are continued; see `monte_carlo` and `omega`.
        sampling: how solutions and roll-outs are drawn; its `max_tokens` caps each whole solution.
        samples: solutions drawn of a question.
        rollouts: continuations drawn of a beginning.
        step_end: text that ends a step.
        max_steps: the last of so many steps is drawn to the solution's end.
        prompt: the message sent, with `{question}` where the question goes.
        pattern: a regular expression that finds the final answer; `None` for the usual marks.
        seed: varies the samples, where the engine honours seeds.
    """

    by: Way
    sampling: Sampling
    samples: int = 16
    rollouts: int = 16
    step_end: str = "\n\n"
    max_steps: int = 40
    prompt: str = PLACE
    pattern: str | None = None
    seed: int = 0

    def conversation(self, question: Question) -> Conversation:
        """Return what the model is asked."""
        return Conversation((Message("user", self.prompt.replace(PLACE, question.text)),))

    def check(self, able: Capabilities) -> None:
        """Return if an engine can draw what this takes.

        Raises:
            Unsupported: it cannot, or roll-outs would say nothing.
            BadPattern: the pattern cannot be used.
        """
        if not able.continues:
            raise Unsupported(
                "roll-outs continue solutions that have begun, which the engine of "
                f"{able.model} cannot"
            )
        if self.sampling.temperature == 0:
            raise Unsupported("at temperature 0 all roll-outs of a step are the same one")
        if self.pattern is not None:
            check_pattern(self.pattern)
