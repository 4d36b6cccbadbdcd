"""The shapes of answered chat completions, for the OpenAPI document."""

from typing import Annotated, Literal, NotRequired, TypeAlias

from pydantic import Field, JsonValue
from typing_extensions import TypedDict

from app.tree.replies import Tree

Count: TypeAlias = Annotated[int, Field(ge=0)]
_Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
_Object: TypeAlias = dict[str, JsonValue]


class Spent(TypedDict):
    """What calls of models cost; `cost` is money, by the prices in the configuration."""

    prompt_tokens: Count
    cached_tokens: Count
    completion_tokens: Count
    calls: Count
    flops: Annotated[float, Field(ge=0)]
    cost: Annotated[float, Field(ge=0)]


class Bill(TypedDict):
    """Who spent what."""

    generator: Spent
    verifier: Spent


class TimedBill(Bill):
    """Who spent what, in how long."""

    seconds: float


class Opinion(TypedDict):
    """A score, or why there is none."""

    score: float | None
    scorer: str | None
    rewards: NotRequired[list[float]]
    abstained: NotRequired[str]
    tests: NotRequired[_Object]


class FunctionCall(TypedDict):
    """What is called; `arguments` is JSON."""

    name: str
    arguments: str


class ToolCall(TypedDict):
    """A call of a tool."""

    id: str
    type: Literal["function"]
    function: FunctionCall


class Said(TypedDict):
    """What a solution says."""

    content: str | None
    tool_calls: NotRequired[list[ToolCall]]
    reasoning: NotRequired[str | None]


class Candidate(Said, Opinion):
    """A solution that was found, and what is thought of it."""


class Message(Said):
    """An answer."""

    role: Literal["assistant"]
    refusal: None
    reasoning_content: NotRequired[str]


class TokenLogprob(TypedDict):
    """A token and its log-probability; `bytes` are of its text."""

    token: str
    logprob: float
    bytes: list[int] | None


class DrawnLogprob(TokenLogprob):
    """A token of an answer, and the likeliest in its place."""

    top_logprobs: list[TokenLogprob]


class ChatLogprobs(TypedDict):
    """The tokens of an answer."""

    content: list[DrawnLogprob]
    refusal: None


class ChatChoice(TypedDict):
    """One of the answers, the best first."""

    index: Count
    message: Message
    finish_reason: Literal["stop", "length", "tool_calls"]
    logprobs: ChatLogprobs | None


class PromptTokens(TypedDict):
    """Of the prompts."""

    cached_tokens: Count


class CompletionTokens(TypedDict):
    """Of what was drawn: those that are in no answer."""

    reasoning_tokens: Count


class Usage(TypedDict):
    """Every token read and drawn."""

    prompt_tokens: Count
    completion_tokens: Count
    total_tokens: Count
    prompt_tokens_details: PromptTokens
    completion_tokens_details: CompletionTokens


class Sampling(TypedDict):
    """How samples are drawn."""

    max_tokens: Count
    temperature: float
    top_p: float
    thinking_tokens: Count | None
    pause_tokens: Count


class Difficulty(TypedDict):
    """How hard a question is, and how that was measured."""

    difficulty: _Share | None
    ease: _Share | None
    bin: int | None
    bins: int
    estimator: str
    samples: Count


class SearchReport(Opinion):
    """How an answer was found, and at what cost."""

    trace_id: str
    strategy: _Object
    stop: Literal["finished", "budget", "deadline"]
    exhausted: str | None
    budget: dict[str, float]
    sampling: Sampling
    spent: TimedBill
    degradations: list[str]
    difficulty: NotRequired[Difficulty]
    chosen: NotRequired[_Object | None]
    advice: NotRequired[list[_Object]]
    reference: NotRequired[str]
    candidates: NotRequired[list[Candidate]]
    trace: NotRequired[list[_Object]]
    tree: NotRequired[Tree]


class Head(TypedDict):
    """What the body or all chunks of one completion have in common."""

    id: str
    created: int
    model: str
    service_tier: Literal["default"]
    system_fingerprint: str | None


class ChatReply(Head):
    """OpenAI's chat completion; `metadata` is of one that is stored."""

    object: Literal["chat.completion"]
    choices: list[ChatChoice]
    usage: Usage
    metadata: NotRequired[dict[str, str]]


class ChatCompletion(ChatReply):
    """OpenAI's chat completion, and how it was found."""

    search: SearchReport


class Delta(TypedDict):
    """A piece of an answer."""

    role: NotRequired[Literal["assistant"]]
    content: NotRequired[str]
    refusal: NotRequired[None]
    reasoning: NotRequired[str]
    reasoning_content: NotRequired[str]
    tool_calls: NotRequired[list[_Object]]


class ChunkChoice(TypedDict):
    """A piece of one of the answers; the last of each has a `finish_reason`."""

    index: Count
    delta: Delta
    finish_reason: Literal["stop", "length", "tool_calls"] | None
    logprobs: ChatLogprobs | None


class ChatCompletionChunk(Head):
    """A piece of a streamed chat completion; the last of the first answer has `search`."""

    object: Literal["chat.completion.chunk"]
    choices: list[ChunkChoice]
    usage: NotRequired[Usage | None]
    search: NotRequired[SearchReport]


class Progress(TypedDict):
    """How a search stands, told in its stream where `search.events` asks for it."""

    type: Literal["search.progress"]
    doing: str
    rounds: Count
    samples: Count
    tokens: Count
    calls: Count
    best: float | None
    seconds: float
    left: dict[str, float]
