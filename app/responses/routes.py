"""`/v1/responses`: OpenAI's Responses API, with a search behind it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse

from app.answering import Answering
from app.callers import Caller, caller
from app.chat import answering, service
from app.foresight import foreseen
from app.jobs.dependency import jobs
from app.jobs.jobs import Jobs
from app.lists import After, Order, cut_of, page_of
from app.openapi import answers, events
from app.replies import Deleted, Page
from app.responses.background import cancel, put
from app.responses.conversion import in_its_fields
from app.responses.errors import NotBackground
from app.responses.keeping import Keeping, keeping
from app.responses.planned import Planned, planned
from app.responses.replies import EVENTS, InputItem, ResponseObject
from app.responses.retold import RetoldStream
from app.responses.stream import ResponseStream
from app.responses.wire import ResponseRequest
from app.service import Service
from app.store.responses import forget
from app.streaming import until_hangup

router = APIRouter()
_STREAM = events(
    *(shape.__name__ for shape in EVENTS),
    example='event: response.created\ndata: {"type": "response.created", ...}\n\n',
)


async def kept(
    service: Annotated[Service, Depends(service)], caller: Annotated[Caller, Depends(caller)]
) -> Keeping:
    """Hand a route the responses of its caller."""
    return keeping(service, caller)


Kept = Annotated[Keeping, Depends(kept)]
Queue = Annotated[Jobs, Depends(jobs)]


@router.post("/v1/responses", responses=answers(ResponseObject, content=_STREAM))
async def create_response(
    body: ResponseRequest,
    http: Request,
    answering: Annotated[Answering, Depends(answering)],
    caller: Annotated[Caller, Depends(caller)],
) -> Response:
    """Search for an answer and return it, streaming its progress and text if asked to."""
    wanted = await planned(body, answering.service, caller)
    if body.background:
        return await _in_the_background(wanted, await jobs(answering.service))
    if body.stream:
        return ResponseStream(wanted, answering)
    with in_its_fields():
        completion = await until_hangup(http.receive, answering.answer(wanted.asked))
    found = wanted.resource.found(completion)
    await wanted.keep(found)
    return JSONResponse(found)


async def _in_the_background(wanted: Planned, jobs: Jobs) -> Response:
    assert wanted.keeping
    # What the search would refuse is refused now: afterwards there is nobody to hear of it.
    with in_its_fields():
        await foreseen(wanted.asked.plan, probe=False)
    queued = await put(jobs, wanted.keeping, wanted.resource, wanted.earlier)
    if wanted.resource.request.stream:
        return RetoldStream(wanted.keeping.store, wanted.resource.id)
    return JSONResponse(queued)


@router.get("/v1/responses/{response_id}", responses=answers(ResponseObject, content=_STREAM))
async def retrieve_response(
    response_id: str,
    own: Kept,
    stream: bool = False,
    starting_after: Annotated[
        int, Query(ge=-1, description="of a stream: the number of the event to begin behind")
    ] = -1,
) -> Response:
    """Return a response as it is now, or the events that tell it."""
    known = await own.find(response_id)
    if not stream:
        return JSONResponse(known.body)
    if not known.background:
        raise NotBackground(response_id, "streamed again")
    return RetoldStream(own.store, response_id, starting_after)


@router.post("/v1/responses/{response_id}/cancel", responses=answers(ResponseObject))
async def cancel_response(response_id: str, own: Kept, jobs: Queue) -> JSONResponse:
    """Call a response in the background off."""
    return JSONResponse(await cancel(jobs, own, response_id))


@router.delete("/v1/responses/{response_id}", responses=answers(Deleted))
async def delete_response(response_id: str, own: Kept, jobs: Queue) -> JSONResponse:
    """Forget a response; others that go on from it stay, but cannot be gone on from."""
    if not (await own.find(response_id)).ended:
        await cancel(jobs, own, response_id)
    await forget(own.store, response_id, own.whose)
    return JSONResponse({"id": response_id, "object": "response", "deleted": True})


@router.get("/v1/responses/{response_id}/input_items", responses=answers(Page[InputItem]))
async def list_input_items(
    response_id: str,
    own: Kept,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    order: Order = "desc",
    after: After = None,
) -> JSONResponse:
    """List what a response was made from, a page at a time."""
    items = await own.asked(response_id)
    return JSONResponse(page_of(items, cut_of(limit, after, order)))
