"""`/v1/search/traces`: searches that are kept: looked at, compared, run again and exported."""

from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import JSONResponse

from app.callers import Caller, caller
from app.chat import service
from app.lists import After, Order, cut_of, listed
from app.openapi import answers
from app.replies import Deleted, Page
from app.service import Service
from app.store import Store
from app.store.traces import WantedTraces, delete_trace, list_traces
from app.traces.comparing import compared
from app.traces.database import database
from app.traces.finding import found
from app.traces.replaying import replayed
from app.traces.replies import Comparison, Replay, Trace, TraceFile, TraceSummary
from app.traces.shapes import Id, Limit, Named, summary

router = APIRouter(prefix="/v1/search/traces")
Kept: TypeAlias = Annotated[Store, Depends(database)]
Who: TypeAlias = Annotated[Caller, Depends(caller)]


@router.get("", response_model=None, responses=answers(Page[TraceSummary]))
async def list_kept(
    store: Kept,
    caller: Who,
    *,
    limit: Limit = 20,
    after: After = None,
    order: Order = "desc",
    strategy: Named = None,
    model: Named = None,
) -> dict[str, Any]:
    """List the caller's searches, the newest first."""
    wanted = WantedTraces(caller.sees, strategy, model)
    page = await list_traces(store, wanted, cut_of(limit, after, order))
    return listed([summary(row) for row in page.rows], more=page.more)


@router.get("/compare", response_model=None, responses=answers(Comparison))
async def compare(
    store: Kept,
    caller: Who,
    service: Annotated[Service, Depends(service)],
    a: Annotated[str, Query(pattern=r"^[\w-]{1,64}$")],
    b: Annotated[str, Query(pattern=r"^[\w-]{1,64}$")],
) -> dict[str, Any]:
    """Set two searches side by side."""
    one, other = await found(store, a, caller), await found(store, b, caller)
    return await compared(one, other, service.grader)


@router.get("/{trace}", responses=answers(Trace))
async def retrieve(trace: Id, store: Kept, caller: Who) -> JSONResponse:
    """Return a search: what was asked, every event, and what was answered."""
    return JSONResponse(await (await found(store, trace, caller)).told())


@router.delete("/{trace}", response_model=None, responses=answers(Deleted))
async def delete(trace: Id, store: Kept, caller: Who) -> dict[str, Any]:
    """Delete a search."""
    await delete_trace(store, trace, caller.sees)
    return {"id": trace, "object": "search.trace.deleted", "deleted": True}


@router.get("/{trace}/export", responses=answers(TraceFile))
async def export(trace: Id, store: Kept, caller: Who) -> Response:
    """Return a search as the file that `fathom replay` and `fathom export` read."""
    content = await (await found(store, trace, caller)).file()
    named = {"content-disposition": f'attachment; filename="{trace}.json"'}
    return Response(content, media_type="application/json", headers=named)


@router.post("/{trace}/replay", response_model=None, responses=answers(Replay))
async def replay(trace: Id, store: Kept, caller: Who) -> dict[str, Any]:
    """Run a search again without a model, and say whether it comes to the same."""
    recorded = await (await found(store, trace, caller)).recorded()
    return {"id": trace, "object": "search.replay", **await replayed(recorded)}
