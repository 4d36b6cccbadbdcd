"""Errors as the client sees them: OpenAI's object, and one row for each class raised below."""

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException

from app.allowed import allowed
from app.batches.errors import BatchesError, BatchOver, FileTooLarge
from app.idempotency.errors import BodyTooLarge as KeyedBodyTooLarge
from app.idempotency.errors import KeyMalformed, KeyMismatch, KeyRunning
from app.jobs.errors import JobError
from app.keys.errors import (
    BodyTooLarge,
    BudgetAboveKey,
    InvalidKey,
    Later,
    QueueFull,
    QuotaSpent,
    RateLimited,
    ScopeMissing,
    StrategyTooLarge,
    TooManyMessages,
    TooManySamples,
)
from app.opening import Draining, NotReady
from app.responses.errors import NotBackground, ResponseUnfinished
from app.store import (
    NoSuchBatch,
    NoSuchFile,
    NotKept,
    ResponseNotFound,
    StoreError,
    TraceNotFound,
)
from engines.errors import (
    ContextOverflow,
    EngineError,
    EngineOverloaded,
    RequestRefused,
    Unsupported,
)
from scorers.answers import BadPattern
from scorers.base import ScorerError
from scorers.structured import BadSchema
from search.errors import NothingToVote, PolicyError, SearchError, StrategyRefused
from search.registry import KINDS

STATUS: dict[type[Exception], tuple[int, str]] = {
    ContextOverflow: (400, "context_length_exceeded"),
    Unsupported: (400, "unsupported_by_engine"),
    RequestRefused: (400, "refused_by_engine"),
    EngineOverloaded: (503, "engine_overloaded"),
    EngineError: (502, "engine_unavailable"),
    ScorerError: (502, "scorer_unavailable"),
    BadPattern: (400, "invalid_pattern"),
    BadSchema: (400, "invalid_value"),
    NothingToVote: (400, "search_vote_impossible"),
    StrategyRefused: (400, "search_refused"),
    PolicyError: (409, "policy_unusable"),
    SearchError: (500, "search_failed"),
    TraceNotFound: (404, "trace_not_found"),
    NotKept: (404, "not_kept"),
    ResponseNotFound: (404, "response_not_found"),
    NotBackground: (400, "response_not_background"),
    ResponseUnfinished: (400, "response_unfinished"),
    NoSuchFile: (404, "file_not_found"),
    NoSuchBatch: (404, "batch_not_found"),
    BatchOver: (409, "batch_over"),
    FileTooLarge: (413, "file_too_large"),
    BatchesError: (400, "invalid_value"),
    JobError: (500, "job_lost"),
    StoreError: (500, "store_failed"),
    InvalidKey: (401, "invalid_api_key"),
    ScopeMissing: (403, "scope_missing"),
    BudgetAboveKey: (400, "budget_above_key"),
    TooManyMessages: (400, "too_many_messages"),
    TooManySamples: (400, "too_many_samples"),
    StrategyTooLarge: (400, "strategy_too_large"),
    BodyTooLarge: (413, "body_too_large"),
    QuotaSpent: (429, "insufficient_quota"),
    QueueFull: (429, "queue_full"),
    RateLimited: (429, "rate_limit_exceeded"),
}
"""What each class is answered with: the nearest class above it that has a row."""


class ModelNotFound(Exception):
    """The request names a model that is not served here."""

    def __init__(self, model: str) -> None:
        super().__init__(f"the model {model!r} does not exist; GET /v1/models lists those that do")


class AdminOnly(Exception):
    """Only administrators may do this, and the caller has not shown to be one."""


class FeedbackOff(Exception):
    """Nothing is remembered, so that there is nothing a verdict could be on."""

    def __init__(self) -> None:
        super().__init__(
            "this server remembers no answers, and takes no feedback on them; to switch it on, set "
            "`outcomes` in its configuration, or FATHOM_OUTCOMES, to a file"
        )


class DatabaseOff(Exception):
    """Nothing is kept between requests, and this would have to be."""

    def __init__(self) -> None:
        super().__init__(
            "this server keeps nothing between requests; to switch this on, set `database` in its "
            "configuration, or FATHOM_DATABASE"
        )


class KeepingRefused(Exception):
    """A request is to be kept, and that is not allowed; `param` is the field that says so."""

    def __init__(self, reason: str, param: str) -> None:
        super().__init__(reason)
        self.param = param


class SummaryOnly(Exception):
    """Of this search the summary alone is kept."""

    def __init__(self, trace: str) -> None:
        super().__init__(
            f"of the search {trace!r} the summary alone is kept: the rest was larger than "
            "`traces.trace_megabytes`"
        )


_PARAMS: dict[type[Exception], str] = {
    ModelNotFound: "model",
    BadPattern: "search.pattern",
    TraceNotFound: "trace",
    TooManyMessages: "messages",
    TooManySamples: "samples",
    StrategyTooLarge: "search.strategy",
}
"""The field at fault, of errors that can only mean one."""

STATUS[ModelNotFound] = (404, "model_not_found")
STATUS[AdminOnly] = (403, "admin_only")
STATUS[KeyMalformed] = (400, "idempotency_key_invalid")
STATUS[KeyRunning] = (409, "idempotency_running")
STATUS[KeyMismatch] = (422, "idempotency_mismatch")
STATUS[KeyedBodyTooLarge] = (413, "idempotency_too_large")
STATUS[FeedbackOff] = (403, "feedback_off")
STATUS[DatabaseOff] = (403, "database_off")
STATUS[KeepingRefused] = (403, "keeping_refused")
STATUS[SummaryOnly] = (409, "summary_only")
STATUS[NotReady] = (503, "not_ready")
STATUS[Draining] = (503, "draining")


def error_body(error: Exception) -> tuple[int, dict[str, Any]]:
    """Return the status and OpenAI's error object for an error that has a row."""
    status, code = next(STATUS[cls] for cls in type(error).__mro__ if cls in STATUS)
    param = getattr(error, "param", _PARAMS.get(type(error)))
    return status, _object(status, str(error), code, param)


async def handle(_: Request, error: Exception) -> JSONResponse:
    """Answer with an error that has a row."""
    return refusal(error)


def refusal(error: Exception) -> JSONResponse:
    """Return the answer that an error with a row is."""
    status, body = error_body(error)
    return JSONResponse(body, status, headers=_headers(error))


async def handle_invalid(_: Request, error: Exception) -> JSONResponse:
    """Answer a body that is not what it should be: 400 and the first field at fault."""
    assert isinstance(error, RequestValidationError)
    param, message = describe(error.errors()[0])
    return JSONResponse(_object(400, message, "invalid_value", param), 400)


async def handle_http(http: Request, error: Exception) -> JSONResponse:
    """Answer what the router refuses, such as a path that is not there."""
    assert isinstance(error, HTTPException)
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "http_error")
    body = _object(error.status_code, str(error.detail), code, None)
    headers = {"allow": allowed(http)} if code == "method_not_allowed" else error.headers
    return JSONResponse(body, error.status_code, headers=headers)


async def handle_bug(_: Request, __: Exception) -> JSONResponse:
    """Answer an error nobody foresaw, without its text: that is for the log."""
    status, body = bug_body()
    return JSONResponse(body, status)


def bug_body() -> tuple[int, dict[str, Any]]:
    """Return the status and OpenAI's error object for an error nobody foresaw."""
    message = "the server had an error while processing your request; its log says which"
    return 500, _object(500, message, "internal_error", None)


def describe(detail: ErrorDetails | dict[str, Any]) -> tuple[str | None, str]:
    """Return the dotted path of the field at fault and a sentence on what is wrong with it."""
    param = detail.get("ctx", {}).get("param") or ".".join(_fields(detail["loc"])) or None
    if detail["type"] == "extra_forbidden":
        return param, f"`{param}` is not a field this server can honour"
    if detail["type"] == "json_invalid":
        return None, f"the body is not JSON: {detail.get('ctx', {}).get('error', '')}"
    return param, f"{detail['msg']}{f' (`{param}`)' if param else ''}"


def _fields(places: Sequence[int | str]) -> Iterator[str]:
    """Give the fields on the way to the one at fault: not "body", nor kinds that unions add."""
    for i, place in enumerate(places):
        member = i > 1 and isinstance(places[i - 1], int) and places[i - 2] == "members"
        chosen = place in KINDS and (places[i - 1] in ("strategy", "inner") or member)
        if (i or place != "body") and not chosen:
            yield str(place)


def _object(status: int, message: str, code: str, param: str | None) -> dict[str, Any]:
    kinds = {
        401: "authentication_error",
        403: "permission_error",
        404: "not_found_error",
        429: "rate_limit_error",
    }
    kind = kinds.get(status, "server_error" if status >= 500 else "invalid_request_error")  # noqa: PLR2004
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def _headers(error: Exception) -> dict[str, str]:
    if isinstance(error, NotReady):
        return {"retry-after": "2", "x-should-retry": "true"}
    if isinstance(error, EngineOverloaded):
        return {"retry-after": str(int(error.retry_after or 1)), "x-should-retry": "true"}
    if isinstance(error, InvalidKey):
        return {"www-authenticate": "Bearer", "x-should-retry": "false"}
    if isinstance(error, Later):
        soon = {"retry-after": str(ceil(error.retry_after)), "x-should-retry": "true"}
        return soon | {"retry-after-ms": str(ceil(1000 * error.retry_after))}
    # The engine client has asked again already, as long as that made sense.
    return {"x-should-retry": "false"}
