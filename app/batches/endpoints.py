"""Who answers the lines of a batch: a table from endpoints to what answers their bodies."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from app.answering import Answering, Asked
from app.batches.errors import FieldRefused
from app.body import RequestBody
from app.callers import Caller
from app.completion import Head, fingerprint_of
from app.completions.planned import planned as planned_texts
from app.completions.request import CompletionRequest
from app.errors import describe
from app.plan import plan
from app.responses.conversion import in_its_fields
from app.responses.planned import Planned as PlannedResponse
from app.responses.planned import planned as planned_response
from app.responses.wire import ResponseRequest
from app.store.tables import Plain
from app.wire import ChatRequest

B = TypeVar("B", bound=RequestBody)
Endpoint: TypeAlias = Callable[[Plain, Answering, Caller], Awaitable[Plain]]
"""Answers a body as the route of the same name does, and raises what has a row in `STATUS`."""


async def answer_chat(body: Plain, answering: Answering, caller: Caller) -> Plain:
    """Answer as `POST /v1/chat/completions` does; see `Endpoint`."""
    request = _read(body, ChatRequest)
    _refuse("stream", request.stream)
    how = plan(request, answering.service)
    head = Head(request.model, fingerprint=fingerprint_of(how))
    return (await answering.answer(Asked(request, head, how, caller, counted=False))).body()


async def answer_text(body: Plain, answering: Answering, caller: Caller) -> Plain:
    """Answer as `POST /v1/completions` does; see `Endpoint`."""
    request = _read(body, CompletionRequest)
    _refuse("stream", request.stream)
    if len(request.prompt) > 1:
        # It would be one job for several searches: begun anew for the last, it would pay for all.
        raise FieldRefused("prompt", "a line of a batch has one prompt; send a line for each")
    wanted = planned_texts(request, answering.service, caller, counted=False)
    return wanted.body([await answering.answer(wanted.asked[0])])


async def answer_response(body: Plain, answering: Answering, caller: Caller) -> Plain:
    """Answer as `POST /v1/responses` does; see `Endpoint`."""
    request = _read(body, ResponseRequest)
    _refuse("stream", request.stream)
    _refuse("background", request.background)
    wanted = await _planned(request, answering, caller)
    with in_its_fields():
        found = wanted.resource.found(await answering.answer(wanted.asked))
    await wanted.keep(found)
    return found


ENDPOINTS: Mapping[str, Endpoint] = {
    "/v1/chat/completions": answer_chat,
    "/v1/completions": answer_text,
    "/v1/responses": answer_response,
}
"""Who answers, by the paths that batches name."""


async def _planned(
    request: ResponseRequest, answering: Answering, caller: Caller
) -> PlannedResponse:
    try:
        return await planned_response(request, answering.service, caller, counted=False)
    except RequestValidationError as error:
        raise FieldRefused(*describe(error.errors()[0])) from error


def _read(body: Plain, kind: type[B]) -> B:
    """Return a request.

    Raises:
        FieldRefused: it is none.
    """
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        raise FieldRefused(*describe(error.errors()[0])) from error


def _refuse(field: str, asked: bool) -> None:
    if asked:
        raise FieldRefused(field, f"`{field}` is not for the lines of a batch")
