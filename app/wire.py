"""The JSON we take: OpenAI's chat completion request, and one field more, named `search`."""

import json
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator, model_validator

from app.settings import BudgetOptions, Effort
from engines.base import Conversation, Message, Role
from scorers.structured import check_schema
from search.strategies import KINDS, AnyStrategy


class _Body(BaseModel):
    """A JSON object. A field given as null is a field not given, as OpenAI's clients mean it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, data: object) -> object:
        if not isinstance(data, dict):
            return data
        return {name: value for name, value in data.items() if value is not None}


class TextPart(_Body):
    """A piece of a message's content; other kinds of part are refused."""

    type: Literal["text"]
    text: str


class ChatMessage(_Body):
    """A message as OpenAI writes it; `developer` is what `system` is called today."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | Annotated[list[TextPart], Field(min_length=1)]

    def message(self) -> Message:
        """Return it in the engine's words."""
        role: Role = "system" if self.role == "developer" else self.role
        if isinstance(self.content, str):
            return Message(role, self.content)
        return Message(role, "".join(part.text for part in self.content))


class StreamOptions(_Body):
    """What a stream holds besides the answer."""

    include_usage: bool = False
    include_obfuscation: Literal[False] = False


class Reasoning(_Body):
    """OpenRouter's and the Responses API's way of asking for thought."""

    effort: Effort | None = Field(default=None, description="another name of `reasoning_effort`")
    max_tokens: int | None = Field(
        default=None, ge=1, description="completion tokens of the whole search"
    )
    exclude: bool | None = Field(
        default=None, description="the opposite of `include_reasoning`, as OpenRouter has it"
    )


class JsonSchema(_Body):
    """A schema that answers are held to, whether `strict` or not."""

    name: str = Field(pattern="^[a-zA-Z0-9_-]{1,64}$")
    description: str | None = None
    strict: bool = False
    schema_: dict[str, JsonValue] = Field(default={}, alias="schema")

    @field_validator("schema_")
    @classmethod
    def _usable(cls, schema: dict[str, JsonValue]) -> dict[str, JsonValue]:
        check_schema(_compact(schema))
        return schema


class ResponseFormat(_Body):
    """What an answer must look like: anything, any JSON object, or JSON of a schema."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchema | None = None

    @model_validator(mode="after")
    def _a_schema_if_it_says_so(self) -> Self:
        if (self.type == "json_schema") != (self.json_schema is not None):
            raise ValueError("`json_schema` goes with the type `json_schema`, and with no other")
        return self

    @property
    def constraint(self) -> str | None:
        """The schema every answer is held to, as JSON; `None` for plain text."""
        if self.type == "json_object":
            return _compact({"type": "object", "additionalProperties": True})
        return _compact(self.json_schema.schema_) if self.json_schema else None


def _compact(schema: dict[str, JsonValue]) -> str:
    # Not sorted: models write an object's fields in the order the schema has them.
    return json.dumps(schema, separators=(",", ":"))


class SearchOptions(_Body):
    """Our one extension to OpenAI's request: how to search, and for how much."""

    strategy: AnyStrategy | None = Field(
        default=None, description="a strategy with its parameters, or its kind alone"
    )
    budget: BudgetOptions = BudgetOptions()
    scorer: Annotated[tuple[str, ...], Field(min_length=1)] | None = Field(
        default=None, description="a scorer's name, or several: the later are fallbacks"
    )
    pattern: str | None = Field(
        default=None, max_length=200, description="a regular expression for the final answer"
    )
    candidates: int = Field(
        default=0, ge=0, le=256, description="how many ranked solutions to return besides"
    )
    trace: bool = Field(default=False, description="whether to return every event of the search")

    @field_validator("strategy", mode="before")
    @classmethod
    def _kind_alone(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if value not in KINDS:
            raise ValueError(f"there is no strategy {value!r}; there are {', '.join(KINDS)}")
        return {"kind": value}

    @field_validator("scorer", mode="before")
    @classmethod
    def _one_name(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value


Stop: TypeAlias = Annotated[list[Annotated[str, Field(min_length=1)]], Field(max_length=4)]


class ChatRequest(_Body):
    """`POST /v1/chat/completions`.

    Fields of OpenAI's that are typed with a single value can only be given as that value: what
    cannot be honoured is refused, by name.
    """

    model: str
    messages: list[ChatMessage] = Field(min_length=1)
    search: SearchOptions = SearchOptions()
    reasoning_effort: Effort | None = None
    reasoning: Reasoning = Reasoning()
    thinking_token_budget: int | None = Field(
        default=None, ge=0, description="tokens each sample may think before it answers"
    )
    include_reasoning: bool | None = Field(
        default=None, description="whether to return the thinking of what is returned"
    )
    n: int = Field(default=1, ge=1, le=128, description="choices: the best solutions, ranked")
    max_completion_tokens: int | None = Field(default=None, ge=1, description="of each choice")
    max_tokens: int | None = Field(default=None, ge=1, description="the old name of the same")
    temperature: float | None = Field(default=None, ge=0, le=2, allow_inf_nan=False)
    top_p: float = Field(default=1, gt=0, le=1)
    presence_penalty: float = Field(default=0, ge=-2, le=2)
    frequency_penalty: float = Field(default=0, ge=-2, le=2)
    stop: Stop = []
    seed: int = Field(default=0, ge=-(2**63), lt=2**63)
    stream: bool = False
    stream_options: StreamOptions = StreamOptions()
    response_format: ResponseFormat = ResponseFormat(type="text")
    chat_template_kwargs: dict[str, JsonValue] = Field(
        default={}, description="passed to the model's chat template"
    )
    user: str | None = Field(default=None, description="noted in the log")
    safety_identifier: str | None = Field(default=None, description="noted in the log")
    prompt_cache_key: str | None = Field(default=None, description="prefixes are always cached")

    # What these ask for by default is what happens anyway; anything else is refused.
    logprobs: Literal[False] = False
    top_logprobs: Literal[0] = 0
    logit_bias: Annotated[dict[str, float], Field(max_length=0)] = {}
    tools: Annotated[list[JsonValue], Field(max_length=0)] = []
    tool_choice: Literal["none", "auto"] = "none"
    parallel_tool_calls: bool = True
    store: Literal[False] = False
    metadata: Annotated[dict[str, str], Field(max_length=0)] = {}
    modalities: list[Literal["text"]] = ["text"]
    service_tier: Literal["auto", "default"] = "auto"

    @field_validator("stop", mode="before")
    @classmethod
    def _one_stop(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_cap(self) -> Self:
        caps = {self.max_tokens, self.max_completion_tokens} - {None}
        if len(caps) > 1:
            raise ValueError("`max_tokens` and `max_completion_tokens` differ")
        return self

    @model_validator(mode="after")
    def _one_word_on_reasoning(self) -> Self:
        if self.include_reasoning is not None and self.include_reasoning == self.reasoning.exclude:
            raise ValueError("`include_reasoning` and `reasoning.exclude` contradict each other")
        return self

    @property
    def shows_reasoning(self) -> bool:
        """Whether the thinking of what is returned is to be returned too."""
        return bool(self.include_reasoning) or self.reasoning.exclude is False

    @property
    def effort(self) -> Effort | None:
        """The effort asked for, under either name."""
        return self.reasoning_effort or self.reasoning.effort

    def conversation(self) -> Conversation:
        """Return what is asked in the engine's words."""
        turns = tuple(message.message() for message in self.messages)
        return Conversation(turns, template=self.chat_template_kwargs)
