"""The JSON we take: OpenAI's request for a response, and our own field `search`."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import (
    BeforeValidator,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from app.body import Body, RequestBody
from app.presets import Effort
from app.response_format import JsonSchema
from app.responses.items import AnyItem, of_type
from app.tools import Function, bounded
from app.wire import SearchOptions


class PlainFormat(Body):
    """Answers in words, or any JSON object."""

    type: Literal["text", "json_object"] = "text"


class SchemaFormat(JsonSchema):
    """Answers of a schema."""

    type: Literal["json_schema"]


_FORMATS: Mapping[str, type[Body]] = {
    "text": PlainFormat,
    "json_object": PlainFormat,
    "json_schema": SchemaFormat,
}
Format: TypeAlias = Annotated[
    PlainFormat | SchemaFormat, BeforeValidator(lambda value: of_type(value, _FORMATS))
]


class TextOptions(Body):
    """What an answer must look like."""

    format: Format = PlainFormat()
    verbosity: Literal["medium"] = "medium"


class ReasoningOptions(Body):
    """How much to think, and whether to say what came of it."""

    effort: Effort | None = None
    summary: Literal["auto", "concise", "detailed"] | None = Field(
        default=None, description="any of them: what the search did, in a few lines"
    )
    mode: Literal["standard"] = "standard"
    context: Literal["auto", "current_turn"] = "auto"


class FunctionTool(Function):
    """A function the model may call, without the frame a chat completion has around it."""

    type: Literal["function"]


class ChosenTool(Body):
    """How tools may be called: by a word, or one function by its name."""

    type: Literal["none", "auto", "required", "function"]
    name: str | None = None

    @model_validator(mode="after")
    def _a_name_if_it_has_one(self) -> Self:
        if (self.type == "function") != (self.name is not None):
            raise ValueError("`name` goes with the type `function`, and with no other")
        return self


def _chosen(value: object) -> object:
    return {"type": value} if value in ("none", "auto", "required") else value


class StreamOptions(Body):
    """What a stream holds besides the response."""

    include_obfuscation: Literal[False] = False


class BackgroundOptions(Body):
    """When a response in the background is to be there."""

    completion_window: Literal["soonest"] = "soonest"


def _as_items(value: object) -> object:
    return [{"role": "user", "content": value}] if isinstance(value, str) else value


_TOOLS: Mapping[str, type[Body]] = {"function": FunctionTool}
AnyTool: TypeAlias = Annotated[FunctionTool, BeforeValidator(lambda value: of_type(value, _TOOLS))]
AnyTools: TypeAlias = Annotated[list[AnyTool], Field(max_length=128), BeforeValidator(bounded)]
Metadata: TypeAlias = Annotated[
    dict[
        Annotated[str, StringConstraints(max_length=64)],
        Annotated[str, StringConstraints(max_length=512)],
    ],
    Field(max_length=16),
]
Input: TypeAlias = Annotated[
    list[AnyItem],
    Field(min_length=1, max_length=1_000),
    BeforeValidator(_as_items),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "object"}}]}),
]


class ResponseRequest(RequestBody):
    """`POST /v1/responses`.

    Fields of OpenAI's that are typed with a single value can only be given as that value; those
    that are not here at all, such as `conversation`, only as null.
    """

    model: str
    input: Input
    search: SearchOptions = SearchOptions()
    instructions: str | None = Field(default=None, description="a message before all others")
    previous_response_id: str | None = Field(
        default=None, max_length=64, description="what this response goes on from"
    )
    reasoning: ReasoningOptions = ReasoningOptions()
    max_output_tokens: int | None = Field(default=None, ge=1, description="of each solution")
    temperature: float | None = Field(default=None, ge=0, le=2, allow_inf_nan=False)
    top_p: float = Field(default=1, gt=0, le=1)
    text: TextOptions = TextOptions()
    tools: AnyTools = Field(default=[])
    tool_choice: Annotated[ChosenTool, BeforeValidator(_chosen)] | None = None
    parallel_tool_calls: bool = True
    stream: bool = False
    stream_options: StreamOptions = StreamOptions()
    store: bool = Field(default=True, description="whether it can be asked for afterwards")
    background: bool = Field(default=False, description="answer at once, and search afterwards")
    background_options: BackgroundOptions = BackgroundOptions()
    metadata: Metadata = Field(default={})
    user: str | None = Field(default=None, description="taken; it changes nothing")
    safety_identifier: str | None = Field(default=None, description="taken; it changes nothing")
    prompt_cache_key: str | None = Field(default=None, description="prefixes are always cached")

    # What these ask for by default is what happens anyway; anything else is refused.
    include: list[str] = Field(default=[], max_length=0)
    top_logprobs: Literal[0] = 0
    truncation: Literal["disabled"] = "disabled"
    service_tier: Literal["auto", "default"] = "auto"

    @model_validator(mode="after")
    def _kept_if_in_the_background(self) -> Self:
        if self.background and not self.store:
            raise ValueError("a response in the background is asked for afterwards: `store` it")
        return self

    @model_validator(mode="after")
    def _events_of_a_stream(self) -> Self:
        if self.search.events and not (self.stream or self.background):
            raise ValueError("`search.events` are of a stream: set `stream`, or leave them")
        return self
