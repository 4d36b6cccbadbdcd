"""The JSON that `/v1/score` takes: a conversation, solutions of it, and who is to judge them."""

from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, ConfigDict, Field, JsonValue, field_validator

from app.body import RequestBody
from app.messages import Messages
from app.models import StepEnd
from app.tools import Tools
from app.wire import Chain, RequestTests, RightAnswer
from engines.conversation import Conversation
from search.errors import StrategyRefused
from search.scoring import ended, split

DEFAULT_STEP_END = "\n\n"
MOST_STEPS = 1_000
"""Steps of one solution, at most."""


def _text_or_steps(value: object) -> object:
    steps = value if isinstance(value, list | tuple) else [value]
    if not all(isinstance(step, str) for step in steps):
        raise ValueError("a solution is a text, or a list of steps, each a text")
    return value


Solution: TypeAlias = Annotated[str | tuple[str, ...], BeforeValidator(_text_or_steps)]
"""A text, or its steps."""


_EXAMPLE: JsonValue = {
    "messages": [{"role": "user", "content": "What is 6 * 7?"}],
    "solutions": ["6 * 7 is 42.\n\nAnswer: 42", ["6 * 7 is 30 + 12.", "Answer: 42"]],
}


class ScoreRequest(RequestBody):
    """`POST /v1/score`."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    model: str | None = Field(default=None, description="as in a chat completion, or nothing")
    messages: Messages
    tools: Tools = Field(default=[], description="those the solutions may call")
    step_end: StepEnd | None = Field(
        default=None, description="ends each step but the last; the model's if not given"
    )
    solutions: list[Solution] = Field(
        min_length=1, max_length=256, description="texts, or lists of steps"
    )
    scorer: Chain | None = None
    reference: RightAnswer | None = None
    tests: RequestTests = ()
    finished: bool = Field(default=True, description="false: they are the beginnings of solutions")

    @field_validator("messages")
    @classmethod
    def _without_images(cls, messages: Messages) -> Messages:
        if any(message.message().images for message in messages):
            raise ValueError("scorers read text: messages here have no `image_url` parts")
        return messages

    def conversation(self) -> Conversation:
        """Return what the solutions answer in the engine's words."""
        turns = tuple(message.message() for message in self.messages)
        return Conversation(turns, tuple(tool.fields() for tool in self.tools))

    def steps(self, default: str) -> list[tuple[str, ...]]:
        """Return the steps of each solution, which join to its text.

        Args:
            default: ends a step where the request does not say what does.

        Raises:
            StrategyRefused: a solution has too many.
        """
        end = self.step_end or default
        for place, given in enumerate(self.solutions):
            steps = given.count(end) + 1 if isinstance(given, str) else len(given)
            if steps > MOST_STEPS:
                raise StrategyRefused(
                    f"solution {place} has more than {MOST_STEPS} steps", param="solutions"
                )
        return [
            split(given, end) if isinstance(given, str) else ended(given, end)
            for given in self.solutions
        ]
