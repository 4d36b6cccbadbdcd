"""The JSON we take: OpenAI's chat completion request, and one field more, named `search`."""

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from app.body import Body, RequestBody
from app.messages import Messages
from app.metadata import Metadata
from app.models import PauseTokens
from app.presets import BudgetOptions, Effort
from app.response_format import ResponseFormat
from app.token_options import LogitBias
from app.tools import Choice, Tool, ToolChoiceField, Tools, check_choice
from engines.conversation import Conversation
from scorers.programs.tests import AnyTest
from scorers.tool_form import ToolChoice
from search.judging import OnVerifierError
from search.registry import KINDS, AnyStrategy


def _one_name(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Chain: TypeAlias = Annotated[
    tuple[str, ...],
    Field(min_length=1, description="a scorer's name, or several: the later are fallbacks"),
    BeforeValidator(_one_name),
]
RightAnswer: TypeAlias = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2_000,
        description="the right answer, for scorers that compare with it",
    ),
]


RequestTests: TypeAlias = Annotated[
    tuple[AnyTest, ...],
    Field(max_length=256, description="what programs in answers are judged by, run in the sandbox"),
]


class StreamOptions(Body):
    """What a stream holds besides the answer."""

    include_usage: bool = False
    include_obfuscation: Literal[False] = False


class PromptCacheOptions(Body):
    """How prefixes are found again: always, without being asked to."""

    mode: Literal["implicit"] = "implicit"


class Reasoning(Body):
    """OpenRouter's and the Responses API's way of asking for thought."""

    effort: Effort | None = Field(default=None, description="another name of `reasoning_effort`")
    max_tokens: int | None = Field(
        default=None, ge=1, description="completion tokens of the whole search"
    )
    exclude: bool | None = Field(
        default=None, description="the opposite of `include_reasoning`, as OpenRouter has it"
    )


class SearchOptions(Body):
    """Our one extension to OpenAI's request: how to search, and for how much."""

    strategy: AnyStrategy | None = Field(
        default=None, description="a strategy with its parameters, or its kind alone"
    )
    budget: BudgetOptions = BudgetOptions()
    scorer: Chain | None = None
    reference: RightAnswer | None = None
    tests: RequestTests = ()
    pause_tokens: PauseTokens | None = Field(
        default=None, description="pauses behind the prompt; as is set of the model if not given"
    )
    pattern: str | None = Field(
        default=None, max_length=200, description="a regular expression for the final answer"
    )
    candidates: int = Field(
        default=0, ge=0, le=256, description="how many ranked solutions to return besides"
    )
    trace: bool = Field(default=False, description="whether to return every event of the search")
    events: bool | Literal["progress", "tree"] = Field(
        default=False,
        description="in a stream: progress as events, and not only as comments; `tree` has the "
        "tree of the search as well, as it grows",
    )
    narrate: bool = Field(
        default=False, description="whether `reasoning_content` tells how the search goes"
    )
    on_verifier_error: OnVerifierError = Field(
        default="degrade", description="when a scorer fails: go on with the next, or fail as well"
    )
    keep: bool | None = Field(
        default=None, description="whether to keep the search; as is configured if not given"
    )

    @field_validator("strategy", mode="before")
    @classmethod
    def _kind_alone(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if value not in KINDS:
            raise ValueError(f"there is no strategy {value!r}; there are {', '.join(KINDS)}")
        return {"kind": value}


Stop: TypeAlias = Annotated[list[Annotated[str, Field(min_length=1)]], Field(max_length=4)]


_TEMPLATES_OWN = frozenset(
    ("messages", "tools", "chat_template", "add_generation_prompt", "continue_final_message")
)
"""What a template is given by us, and would take from `chat_template_kwargs` instead."""


_ASKED: JsonValue = [{"role": "user", "content": "Tom has 3 boxes of 4 pens. How many has he?"}]
_EXAMPLES: list[JsonValue] = [
    {"model": "fathom", "messages": _ASKED},
    {"model": "fathom", "messages": _ASKED, "reasoning_effort": "low", "stream": True},
    {
        "model": "fathom",
        "messages": _ASKED,
        "search": {"strategy": {"kind": "best_of_n", "n": 8}, "budget": {"tokens": 2000}},
    },
]


class ChatRequest(RequestBody):
    """`POST /v1/chat/completions`.

    Fields of OpenAI's that are typed with a single value can only be given as that value: what
    cannot be honoured is refused, by name.
    """

    model_config = ConfigDict(json_schema_extra={"examples": _EXAMPLES})

    model: str
    messages: Messages
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
    stop: Stop = Field(default=[])
    seed: int = Field(default=0, ge=-(2**63), lt=2**63)
    stream: bool = False
    stream_options: StreamOptions = StreamOptions()
    response_format: ResponseFormat = ResponseFormat(type="text")
    tools: Tools = Field(default=[])
    tool_choice: ToolChoiceField | None = Field(
        default=None, description="auto, if there are tools and nothing is said"
    )
    parallel_tool_calls: bool = Field(default=True, description="false: one call an answer")
    chat_template_kwargs: dict[str, JsonValue] = Field(
        default={}, description="passed to the model's chat template"
    )
    user: str | None = Field(default=None, description="taken; it changes nothing")
    safety_identifier: str | None = Field(default=None, description="taken; it changes nothing")
    prompt_cache_key: str | None = Field(default=None, description="prefixes are always cached")
    store: bool = Field(default=False, description="whether to keep the completion")
    metadata: Metadata = Field(default={}, description="of a completion that is kept")

    logprobs: bool = Field(default=False, description="of the tokens of the answers")
    top_logprobs: int | None = Field(
        default=None, ge=0, le=20, description="how many of the likeliest in each token's place"
    )
    logit_bias: LogitBias = Field(default={})

    # What these ask for by default is what happens anyway; anything else is refused.
    modalities: list[Literal["text"]] = Field(default=["text"])
    service_tier: Literal["auto", "default"] = "auto"
    verbosity: Literal["medium"] = "medium"
    prompt_cache_options: PromptCacheOptions = PromptCacheOptions()
    prompt_cache_retention: Literal["in_memory"] = "in_memory"

    @field_validator("chat_template_kwargs")
    @classmethod
    def _of_the_template(cls, given: dict[str, JsonValue]) -> dict[str, JsonValue]:
        for name in _TEMPLATES_OWN & given.keys():
            raise ValueError(f"`{name}` is not for a request's `chat_template_kwargs` to say")
        return given

    @field_validator("stop", mode="before")
    @classmethod
    def _one_stop(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @field_validator("tool_choice")
    @classmethod
    def _of_the_tools(cls, choice: Choice | None, others: ValidationInfo) -> Choice | None:
        if choice is not None and "tools" in others.data:
            check_choice(choice, others.data["tools"])
        return choice

    @model_validator(mode="after")
    def _one_cap(self) -> Self:
        caps = {self.max_tokens, self.max_completion_tokens} - {None}
        if len(caps) > 1:
            raise ValueError("`max_tokens` and `max_completion_tokens` differ")
        return self

    @field_validator("top_logprobs")
    @classmethod
    def _besides_logprobs(cls, top: int | None, others: ValidationInfo) -> int | None:
        if top and not others.data.get("logprobs"):
            raise ValueError("`top_logprobs` goes with `logprobs`, and not without")
        return top

    @model_validator(mode="after")
    def _events_of_a_stream(self) -> Self:
        if self.search.events and not self.stream:
            raise ValueError("`search.events` are of a stream: set `stream`, or leave them")
        return self

    @model_validator(mode="after")
    def _metadata_of_what_is_kept(self) -> Self:
        if self.metadata and not self.store:
            raise PydanticCustomError(
                "not_stored",
                "`metadata` is of completions that are kept: set `store`",
                {"param": "metadata"},
            )
        return self

    @model_validator(mode="after")
    def _one_word_on_reasoning(self) -> Self:
        if self.include_reasoning is not None and self.include_reasoning == self.reasoning.exclude:
            raise ValueError("`include_reasoning` and `reasoning.exclude` contradict each other")
        return self

    @model_validator(mode="after")
    def _one_effort(self) -> Self:
        efforts = {self.reasoning_effort, self.reasoning.effort} - {None}
        if len(efforts) > 1:
            raise ValueError("`reasoning_effort` and `reasoning.effort` differ")
        return self

    @property
    def shown(self) -> int | None:
        """How many of the likeliest tokens are to be told with each; `None` for no tokens."""
        return (self.top_logprobs or 0) if self.logprobs else None

    @property
    def shows_reasoning(self) -> bool:
        """Whether the thinking of what is returned is to be returned too."""
        return bool(self.include_reasoning) or self.reasoning.exclude is False

    @property
    def effort(self) -> Effort | None:
        """The effort asked for, under either name."""
        return self.reasoning_effort or self.reasoning.effort

    @property
    def offered(self) -> tuple[Tool, ...]:
        """The tools that may be called."""
        forbidden = self.tool_choice is not None and self.tool_choice.type == "none"
        return () if forbidden else tuple(self.tools)

    def conversation(self) -> Conversation:
        """Return what is asked in the engine's words."""
        turns = tuple(message.message() for message in self.messages)
        tools = tuple(tool.fields() for tool in self.offered)
        return Conversation(turns, tools, self.chat_template_kwargs)

    def choice(self) -> ToolChoice:
        """Return how tools may be called in the words of whoever checks the calls."""
        asked = self.tool_choice
        required = asked is not None and asked.type in ("required", "function")
        return ToolChoice(required, asked.only if asked else None, self.parallel_tool_calls)
