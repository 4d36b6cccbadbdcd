"""`/v1/responses`: OpenAI's Responses API, with a search behind it."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse

from app.answering import Answering, Asked
from app.callers import Caller, caller
from app.chat import answering, service
from app.completion import Head
from app.plan import plan
from app.responses.conversion import chat_request, in_its_fields
from app.responses.keeping import NOTHING, Keeping, keeping
from app.responses.resource import Resource
from app.responses.stream import ResponseStream
from app.responses.wire import ResponseRequest
from app.service import Service
from app.store.responses import forget
from app.streaming import until_hangup

router = APIRouter()


async def kept(
    service: Annotated[Service, Depends(service)], caller: Annotated[Caller, Depends(caller)]
) -> Keeping:
    """Hand a route the responses of its caller."""
    return keeping(service, caller)


Kept = Annotated[Keeping, Depends(kept)]


@router.post("/v1/responses")
async def create_response(
    body: ResponseRequest,
    http: Request,
    answering: Annotated[Answering, Depends(answering)],
    caller: Annotated[Caller, Depends(caller)],
) -> Response:
    """Search for an answer and return it, streaming its progress and text if asked to."""
    service, own, earlier = answering.service, None, NOTHING
    if body.store or body.previous_response_id is not None:
        own = keeping(service, caller)
    if own is not None and body.previous_response_id is not None:
        earlier = await own.earlier(body.previous_response_id)
    chat = chat_request(body, earlier.items)
    with in_its_fields():
        planned = plan(chat, service)
        resource = Resource(body, planned.task.sampling.temperature)
        asked = Asked(chat, Head(body.model, resource.id, resource.created), planned, caller)
        storing = own if body.store else None
        if body.stream:
            return ResponseStream(asked, answering, resource, storing, earlier)
        completion = await until_hangup(http.receive, answering.answer(asked))
    found = resource.found(completion)
    if storing is not None:
        await storing.keep(body, found, earlier)
    return JSONResponse(found)


@router.get("/v1/responses/{response_id}")
async def retrieve_response(response_id: str, own: Kept) -> Response:
    """Return a response as it is now."""
    return JSONResponse((await own.find(response_id)).body)


@router.delete("/v1/responses/{response_id}")
async def delete_response(response_id: str, own: Kept) -> JSONResponse:
    """Forget a response; others that go on from it stay, but cannot be gone on from."""
    await forget(own.store, response_id, own.whose)
    return JSONResponse({"id": response_id, "object": "response", "deleted": True})


@router.get("/v1/responses/{response_id}/input_items")
async def list_input_items(
    response_id: str,
    own: Kept,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    order: Literal["asc", "desc"] = "desc",
    after: str | None = None,
) -> JSONResponse:
    """List what a response was made from, a page at a time."""
    items = await own.asked(response_id)
    return JSONResponse(_page(items if order == "asc" else items[::-1], after, limit))


def _page(items: Sequence[dict[str, Any]], after: str | None, limit: int) -> dict[str, Any]:
    """Return items from behind one on, and whether there are others behind them."""
    ids = [item["id"] for item in items]
    start = ids.index(after) + 1 if after in ids else 0
    page = items[start : start + limit]
    return {
        "object": "list",
        "data": page,
        "first_id": page[0]["id"] if page else None,
        "last_id": page[-1]["id"] if page else None,
        "has_more": start + limit < len(items),
    }
