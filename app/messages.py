"""The messages of a conversation, as OpenAI's clients write them."""

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from app.body import Body
from app.parts import Content, images_of, text_of
from app.tools import CallPart, check_results
from engines.conversation import Message, Role


class ChatMessage(Body):
    """A message as OpenAI writes it; `developer` is what `system` is called today."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Content | None = None
    tool_calls: Annotated[list[CallPart], Field(min_length=1)] | None = None
    tool_call_id: str | None = None
    reasoning: str | None = Field(default=None, description="of an earlier turn; not shown again")
    reasoning_content: str | None = Field(default=None, description="another name of the same")

    @model_validator(mode="after")
    def _what_its_role_has(self) -> Self:
        if self.tool_calls is not None and self.role != "assistant":
            raise ValueError(f"a message of the role `{self.role}` has no `tool_calls`")
        if self.role != "assistant" and (self.reasoning or self.reasoning_content):
            raise ValueError(f"a message of the role `{self.role}` has no `reasoning`")
        if (self.tool_call_id is not None) != (self.role == "tool"):
            raise ValueError("`tool_call_id` goes with the role `tool`, and with no other")
        if self.role != "user" and images_of(self.content):
            raise ValueError(f"a message of the role `{self.role}` has no images")
        if self.content is None and self.tool_calls is None:
            raise ValueError("`content` is missing")
        return self

    def message(self) -> Message:
        """Return it in the engine's words."""
        role: Role = "system" if self.role == "developer" else self.role
        calls = tuple(part.call() for part in self.tool_calls or ())
        text, images = text_of(self.content), images_of(self.content)
        return Message(role, text, calls, self.tool_call_id, images)


def _with_their_calls(messages: list[ChatMessage]) -> list[ChatMessage]:
    check_results([message.message() for message in messages])
    return messages


Messages: TypeAlias = Annotated[
    list[ChatMessage], Field(min_length=1), AfterValidator(_with_their_calls)
]
