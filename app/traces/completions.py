"""`/v1/chat/completions/{id}`: completions that are kept, as OpenAI has them."""

import re
from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError, model_validator

from app.body import RequestBody
from app.callers import Caller, caller
from app.chat_replies import ChatCompletion
from app.lists import After, Order, cut_of, listed, page_of
from app.metadata import Metadata
from app.openapi import answers
from app.replies import Deleted, Page
from app.store import Store
from app.store.completions import (
    Labelled,
    WantedCompletions,
    delete_completion,
    find_completion,
    list_completions,
    relabel,
)
from app.traces.database import database
from app.traces.messages import messages_of
from app.traces.replies import StoredMessage
from app.traces.shapes import Id, Limit, Named
from app.traces.words import unpacked_json

router = APIRouter(prefix="/v1/chat/completions")
Kept: TypeAlias = Annotated[Store, Depends(database)]
Who: TypeAlias = Annotated[Caller, Depends(caller)]
_LABEL = re.compile(r"metadata\[(.*)\]", re.DOTALL)
_LABELLED = {
    "parameters": [
        {
            "name": "metadata",
            "in": "query",
            "style": "deepObject",
            "explode": True,
            "description": "all that they are labelled with, as in `metadata[key]=value`",
            "schema": {"type": "object", "additionalProperties": {"type": "string"}},
        }
    ]
}
_METADATA: TypeAdapter[dict[str, str]] = TypeAdapter(Metadata)


class UpdateRequest(RequestBody):
    """`POST /v1/chat/completions/{id}`: metadata in place of the completion's; null is none."""

    metadata: Metadata

    @model_validator(mode="before")
    @classmethod
    def _null_is_none(cls, body: object) -> object:
        if isinstance(body, dict) and body.get("metadata", ...) is None:
            return body | {"metadata": {}}
        return body


@router.get(
    "", response_model=None, responses=answers(Page[ChatCompletion]), openapi_extra=_LABELLED
)
async def list_kept(
    http: Request,
    store: Kept,
    caller: Who,
    *,
    limit: Limit = 20,
    after: After = None,
    order: Order = "asc",
    model: Named = None,
) -> dict[str, Any]:
    """List the caller's completions, the oldest first, of all those of the metadata asked for."""
    wanted = WantedCompletions(caller.sees, model, _labels(http))
    found, more = await list_completions(store, wanted, cut_of(limit, after, order))
    return listed([_completion(one) for one in found], more=more)


@router.get("/{completion}", response_model=None, responses=answers(ChatCompletion))
async def retrieve(completion: Id, store: Kept, caller: Who) -> dict[str, Any]:
    """Return a completion."""
    return _completion(await find_completion(store, completion, caller.sees))


@router.post("/{completion}", response_model=None, responses=answers(ChatCompletion))
async def update(completion: Id, body: UpdateRequest, store: Kept, caller: Who) -> dict[str, Any]:
    """Label a completion anew."""
    return _completion(await relabel(store, completion, caller.sees, body.metadata))


@router.delete("/{completion}", response_model=None, responses=answers(Deleted))
async def delete(completion: Id, store: Kept, caller: Who) -> dict[str, Any]:
    """Delete a completion, and the search that found it."""
    await delete_completion(store, completion, caller.sees)
    return {"id": completion, "object": "chat.completion.deleted", "deleted": True}


@router.get("/{completion}/messages", response_model=None, responses=answers(Page[StoredMessage]))
async def list_messages(
    completion: Id,
    store: Kept,
    caller: Who,
    *,
    limit: Limit = 20,
    after: After = None,
    order: Order = "asc",
) -> dict[str, Any]:
    """List the messages that were asked with."""
    found = await find_completion(store, completion, caller.sees)
    messages = messages_of(completion, unpacked_json(found.row.words)["messages"])
    return page_of(messages, cut_of(limit, after, order))


def _completion(found: Labelled) -> dict[str, Any]:
    told: dict[str, Any] = unpacked_json(found.row.words)["completion"]
    return told | {"metadata": found.metadata}


def _labels(http: Request) -> dict[str, str]:
    """Return the metadata that a list is to have.

    Raises:
        RequestValidationError: no completion can have it.
    """
    asked = ((_LABEL.fullmatch(name), value) for name, value in http.query_params.multi_items())
    try:
        return _METADATA.validate_python({name[1]: value for name, value in asked if name})
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error
