"""The JSON that `/v1/score` takes: a conversation, solutions of it, and who is to judge them."""

from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from app.body import RequestBody
from app.messages import Messages
from app.tools import Tools
from app.wire import Chain, RightAnswer
from engines.conversation import Conversation
from search.scoring import ended, split

MOST_STEPS = 1_000
"""Steps of one solution, at most."""


def _text_or_steps(value: object) -> object:
    steps = value if isinstance(value, list | tuple) else [value]
    if not all(isinstance(step, str) for step in steps):
        raise ValueError("a solution is a text, or a list of steps, each a text")
    return value


Solution: TypeAlias = Annotated[str | tuple[str, ...], BeforeValidator(_text_or_steps)]
"""A text, or its steps."""


class ScoreRequest(RequestBody):
    """`POST /v1/score`."""

    model: str | None = Field(default=None, description="as in a chat completion, or nothing")
    messages: Messages
    tools: Tools = Field(default=[], description="those the solutions may call")
    step_end: str = Field(
        default="\n\n", min_length=1, max_length=64, description="ends each step but the last"
    )
    solutions: list[Solution] = Field(
        min_length=1, max_length=256, description="texts, or lists of steps"
    )
    scorer: Chain | None = None
    reference: RightAnswer | None = None
    finished: bool = Field(default=True, description="false: they are the beginnings of solutions")

    @field_validator("solutions")
    @classmethod
    def _few_steps(cls, solutions: list[Solution], others: ValidationInfo) -> list[Solution]:
        end: str = others.data.get("step_end", "\n\n")
        for place, given in enumerate(solutions):
            steps = given.count(end) + 1 if isinstance(given, str) else len(given)
            if steps > MOST_STEPS:
                raise ValueError(f"solution {place} has more than {MOST_STEPS} steps")
        return solutions

    def conversation(self) -> Conversation:
        """Return what the solutions answer in the engine's words."""
        turns = tuple(message.message() for message in self.messages)
        return Conversation(turns, tuple(tool.fields() for tool in self.tools))

    def steps(self) -> list[tuple[str, ...]]:
        """Return the steps of each solution, which join to its text."""
        return [
            split(given, self.step_end) if isinstance(given, str) else ended(given, self.step_end)
            for given in self.solutions
        ]
