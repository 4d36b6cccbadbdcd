"""The shapes of what we answer, for the OpenAPI document; nothing is checked against them."""

from typing import Generic, Literal, NotRequired, TypeAlias, TypeVar

from pydantic import JsonValue
from typing_extensions import TypedDict

from app.chat_replies import Bill, Count, Difficulty, Opinion, Sampling, Spent

T = TypeVar("T")

_Object: TypeAlias = dict[str, JsonValue]


class ErrorDetail(TypedDict):
    """What went wrong, in a sentence; the field at fault, and a code, where there is one."""

    message: str
    type: str
    param: str | None
    code: str | None


class Error(TypedDict):
    """OpenAI's error object, which all errors are."""

    error: ErrorDetail


class List(TypedDict, Generic[T]):
    """A list as OpenAI writes it."""

    object: Literal["list"]
    data: list[T]


class Page(List[T]):
    """A part of a list: the ids at its ends, and whether there is more behind it."""

    first_id: str | None
    last_id: str | None
    has_more: bool


class Deleted(TypedDict):
    """What is no more."""

    id: str
    object: Literal["response", "file", "chat.completion.deleted", "search.trace.deleted"]
    deleted: Literal[True]


class Model(TypedDict):
    """A model that can be asked, under one of its names."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


StrategyCard = TypedDict(
    "StrategyCard",
    {
        "kind": str,
        "description": str,
        "paper": str,
        "cost": str,
        "judges": str,
        "continues": bool,
        "parameters": dict[str, _Object],
        "$defs": NotRequired[_Object],
    },
)
"""A strategy; its `parameters` are JSON Schema, with defaults and bounds."""


class SearchPlan(TypedDict):
    """What a search would do, at what cost, and why."""

    object: Literal["search.plan"]
    model: str
    requested: _Object
    strategy: _Object | None
    reason: str
    cost: str
    difficulty: Difficulty | None
    accuracy: _Object | None
    tokens: float | None
    runners_up: list[_Object]
    by_bin: list[_Object]
    budget: dict[str, float]
    sampling: Sampling
    spent: Bill


class Score(Opinion):
    """What is thought of one solution."""

    object: Literal["score"]
    index: Count


class ScoreUsage(Spent):
    """What the verifiers spent."""

    total_tokens: Count


class Scores(List[Score]):
    """What is thought of each solution, in their order."""

    id: str
    created: int
    model: str
    degradations: list[str]
    usage: ScoreUsage


class Feedback(TypedDict):
    """A verdict that was kept, and the one it took the place of."""

    object: Literal["feedback"]
    trace: str
    verdict: Literal["right", "wrong"]
    replaced: Literal["right", "wrong"] | None


class LoadedPolicy(TypedDict):
    """A policy, as it was read from its file."""

    model: str
    file: str
    policy: str


class Health(TypedDict):
    """The process answers."""

    status: Literal["ok"]


class Ready(TypedDict):
    """Searches can be answered."""

    status: Literal["ready"]
    model: str


class Unready(TypedDict):
    """Searches cannot be answered yet, and why."""

    status: Literal["not ready"]
    reason: str
