"""The shapes of what is kept of searches and completions, for the OpenAPI document."""

from typing import Literal, NotRequired, TypeAlias

from pydantic import JsonValue
from typing_extensions import TypedDict

from app.chat_replies import ChatReply, Count, SearchReport

_Object: TypeAlias = dict[str, JsonValue]


class TraceTokens(TypedDict):
    """Drawn, drawn but in no answer, and drawn by verifiers."""

    generated: Count
    discarded: Count
    verifier: Count


class TraceSummary(TypedDict):
    """What a list shows of a search."""

    id: str
    object: Literal["search.trace"]
    created: int
    model: str
    strategy: str
    score: float | None
    stop: Literal["finished", "budget", "deadline"]
    tokens: TraceTokens
    seconds: float
    flops: float
    question: str
    bytes: Count
    kept: Literal["whole", "summary"]


class Trace(TraceSummary):
    """A search: what was asked, every event, and what was answered; null if that is not kept."""

    request: _Object | None
    search: SearchReport | None
    answer: ChatReply | None


class Compared(TraceSummary):
    """One of two searches, with its answer if that is kept."""

    answer: NotRequired[str]


class Comparison(TypedDict):
    """Two searches side by side."""

    object: Literal["search.comparison"]
    a: Compared
    b: Compared
    same_question: bool | None
    same_answer: bool | None


class Replay(TypedDict):
    """Whether a search came to the same without a model, and in what it differs."""

    id: str
    object: Literal["search.replay"]
    same: bool
    differing: list[str]
    reason: str | None
    result: _Object | None


class TraceFile(TypedDict):
    """The file that `fathom replay` and `fathom export` read."""

    strategy: _Object
    task: _Object
    limits: _Object
    capabilities: _Object
    events: list[_Object]
    result: _Object


class StoredMessage(TypedDict):
    """A message that was asked with."""

    id: str
    role: str
    name: str | None
    content: str | None
    content_parts: list[_Object] | None
    tool_calls: NotRequired[list[_Object] | None]
    tool_call_id: NotRequired[str | None]
