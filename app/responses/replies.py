"""The shapes of responses and their events, for the OpenAPI document."""

from typing import Literal, NotRequired, TypeAlias

from pydantic import JsonValue
from typing_extensions import TypedDict

from app.chat_replies import CompletionTokens, Count, Progress, SearchReport
from app.presets import Effort
from app.responses.items import Status
from app.tree.replies import TreeGrowth

_Object: TypeAlias = dict[str, JsonValue]


class TextOfItem(TypedDict):
    """A piece of a message; what the model said has the last two."""

    type: Literal["input_text", "output_text"]
    text: str
    annotations: NotRequired[list[_Object]]
    logprobs: NotRequired[list[_Object]]


class SummaryText(TypedDict):
    """What the search did, in a few lines."""

    type: Literal["summary_text"]
    text: str


class _Listed(TypedDict):
    id: str
    status: Status


class ListedMessage(_Listed):
    """A message."""

    type: Literal["message"]
    role: Literal["user", "assistant", "system", "developer"]
    content: list[TextOfItem]


class ListedCall(_Listed):
    """A call of a function; `arguments` is JSON."""

    type: Literal["function_call"]
    call_id: str
    name: str
    arguments: str


class ListedResult(_Listed):
    """What a function came to."""

    type: Literal["function_call_output"]
    call_id: str
    output: str


class ListedReasoning(_Listed):
    """How an answer was found; of input, what a client said of that."""

    type: Literal["reasoning"]
    summary: list[SummaryText | _Object]


OutputItem: TypeAlias = ListedMessage | ListedCall | ListedReasoning
InputItem: TypeAlias = OutputItem | ListedResult


class ResponseFailure(TypedDict):
    """Why a response failed; `type` is the code of the same error elsewhere."""

    code: Literal["rate_limit_exceeded", "server_error", "invalid_prompt"]
    message: str
    type: str | None
    param: str | None


class Incomplete(TypedDict):
    """Why an answer was cut short."""

    reason: Literal["max_output_tokens"]


class InputTokens(TypedDict):
    """Of the prompts."""

    cached_tokens: Count
    cache_write_tokens: Count


class ResponseUsage(TypedDict):
    """Every token read and drawn."""

    input_tokens: Count
    input_tokens_details: InputTokens
    output_tokens: Count
    output_tokens_details: CompletionTokens
    total_tokens: Count


class AskedReasoning(TypedDict):
    """How much to think, and whether to say what came of it."""

    effort: Effort | None
    summary: Literal["auto", "concise", "detailed"] | None


class ResponseObject(TypedDict):
    """OpenAI's response: what was asked for, and how it is now; `search` once it is found."""

    id: str
    object: Literal["response"]
    created_at: int
    completed_at: int | None
    status: Literal["queued", "in_progress", "completed", "incomplete", "failed", "cancelled"]
    error: ResponseFailure | None
    incomplete_details: Incomplete | None
    output: list[OutputItem]
    usage: ResponseUsage | None
    model: str
    instructions: str | None
    previous_response_id: str | None
    max_output_tokens: int | None
    top_p: float
    parallel_tool_calls: bool
    store: bool
    background: bool
    metadata: dict[str, str]
    user: str | None
    safety_identifier: str | None
    prompt_cache_key: str | None
    top_logprobs: Count
    truncation: Literal["disabled"]
    temperature: float
    reasoning: AskedReasoning
    text: _Object
    tools: list[_Object]
    tool_choice: str | _Object
    max_tool_calls: None
    service_tier: Literal["default"]
    search: NotRequired[SearchReport]


class _Event(TypedDict):
    sequence_number: Count


class ResponseChanged(_Event):
    """A response as it is now."""

    type: Literal[
        "response.created",
        "response.queued",
        "response.in_progress",
        "response.completed",
        "response.incomplete",
        "response.failed",
        "response.cancelled",
    ]
    response: ResponseObject


class ItemChanged(_Event):
    """An item of the output is begun, or whole."""

    type: Literal["response.output_item.added", "response.output_item.done"]
    output_index: Count
    item: OutputItem


class _OfItem(_Event):
    item_id: str
    output_index: Count


class PartChanged(_OfItem):
    """A part of a message is begun, or whole."""

    type: Literal["response.content_part.added", "response.content_part.done"]
    content_index: Count
    part: TextOfItem


class TextChanged(_OfItem):
    """A piece of a message (`delta`), or the whole of it (`text`)."""

    type: Literal["response.output_text.delta", "response.output_text.done"]
    content_index: Count
    delta: NotRequired[str]
    text: NotRequired[str]
    logprobs: list[_Object]


class SummaryChanged(_OfItem):
    """What the search did: a part, a piece of its text (`delta`), or the whole of it (`text`)."""

    type: Literal[
        "response.reasoning_summary_part.added",
        "response.reasoning_summary_text.delta",
        "response.reasoning_summary_text.done",
        "response.reasoning_summary_part.done",
    ]
    summary_index: Count
    part: NotRequired[SummaryText]
    delta: NotRequired[str]
    text: NotRequired[str]


class ArgumentsChanged(_OfItem):
    """A piece of a call's arguments (`delta`), or the whole of them, and the function's name."""

    type: Literal["response.function_call_arguments.delta", "response.function_call_arguments.done"]
    delta: NotRequired[str]
    arguments: NotRequired[str]
    name: NotRequired[str]


class ResponseProgress(Progress, _Event):
    """How a search stands, told where `search.events` asks for it."""


class ResponseTree(TreeGrowth, _Event):
    """What grew or changed, told where `search.events` is `tree`."""


class ResponseRestarted(_Event):
    """The search was begun anew, and why."""

    type: Literal["search.restarted"]
    reasons: list[str]


EVENTS = (
    ResponseChanged,
    ItemChanged,
    PartChanged,
    TextChanged,
    SummaryChanged,
    ArgumentsChanged,
    ResponseProgress,
    ResponseTree,
    ResponseRestarted,
)
"""The shapes of all that a response is told in."""
