"""The JSON that `/v1/ifd` takes: pairs of an instruction and its response."""

from typing import Self

from pydantic import ConfigDict, Field, JsonValue, model_validator

from app.body import Body, RequestBody
from app.messages import Messages
from engines.conversation import Message
from training.pairs import Pair
from training.recycle.templates import Template

_PAIR = 2
"""Turns that a sample has at least: an instruction and its response."""

_EXAMPLE: JsonValue = {
    "samples": [
        {"instruction": "What do bees do for gardens?", "response": "They pollinate the flowers."},
        {
            "messages": [
                {"role": "user", "content": "What is 6 * 7?"},
                {"role": "assistant", "content": "6 * 7 is 42."},
            ]
        },
    ]
}


class Sample(Body):
    """An instruction and its response, or a conversation that ends in them."""

    instruction: str | None = None
    response: str | None = Field(default=None, description="may be empty: then it has no score")
    messages: Messages | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        named = (self.instruction, self.response)
        if self.messages is not None:
            if named != (None, None):
                raise ValueError("a sample has `messages`, or else `instruction` and `response`")
            _check([message.message() for message in self.messages])
        elif None in named:
            raise ValueError("a sample has an `instruction` and a `response`, or `messages`")
        elif not (self.instruction or "").strip():
            raise ValueError("the instruction is empty")
        return self

    def pair(self) -> Pair:
        """Return it as students read it."""
        if self.messages is None:
            return Pair(self.instruction or "", self.response or "")
        *before, asked, answered = (message.message() for message in self.messages)
        return Pair(asked.content, answered.content, tuple(before))


def _check(turns: list[Message]) -> None:
    if any(turn.role == "tool" or turn.tool_calls or turn.images for turn in turns):
        raise ValueError("a sample's messages are texts, without tools and images")
    if len(turns) < _PAIR or (turns[-2].role, turns[-1].role) != ("user", "assistant"):
        raise ValueError("a sample's messages end in a user's turn and an assistant's")
    if not turns[-2].content.strip():
        raise ValueError("the instruction is empty")


class IfdRequest(RequestBody):
    """`POST /v1/ifd`."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    model: str | None = Field(default=None, description="as in a chat completion, or nothing")
    samples: list[Sample] = Field(min_length=1, description="as many as `caps.samples` allows")
    template: Template = Field(default="chat", description="what stands before a response")
