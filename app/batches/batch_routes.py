"""`/v1/batches`: many requests at once, answered within a day."""

from secrets import token_hex
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession

from app.batches.endpoints import ENDPOINTS
from app.batches.errors import FieldRefused
from app.batches.progress import ATTEMPTS, CHECK, Progress, check_of
from app.batches.replies import BatchObject
from app.batches.wire import BatchRequest, batch_object
from app.callers import Caller, caller
from app.chat import service
from app.jobs.dependency import jobs
from app.jobs.jobs import LATER, Jobs, Wanted
from app.lists import After, cut_of, listed
from app.openapi import answers
from app.replies import Page
from app.service import Service
from app.store import Batch
from app.store import batches as store_batches
from app.store import files as store_files

router = APIRouter()

_WINDOW_SECONDS = 24 * 3600.0

TheJobs = Annotated[Jobs, Depends(jobs)]
TheCaller = Annotated[Caller, Depends(caller)]


@router.post("/v1/batches", responses=answers(BatchObject))
async def create_batch(
    body: BatchRequest,
    service: Annotated[Service, Depends(service)],
    jobs: TheJobs,
    caller: TheCaller,
) -> JSONResponse:
    """Accept a batch; its file is looked at afterwards."""
    if body.endpoint not in ENDPOINTS:
        known = ", ".join(ENDPOINTS)
        raise FieldRefused("endpoint", f"`endpoint` is not among {known}")
    batch = _batch(body, service, caller, jobs.clock())

    async def accept(session: AsyncSession) -> None:
        file = await store_files.found(session, body.input_file_id, caller.id, jobs.clock())
        if file.purpose != "batch":
            raise FieldRefused("input_file_id", "the file's purpose is not `batch`")
        session.add(batch)

    check = Wanted(
        CHECK,
        {"batch": batch.id},
        owner=caller.id,
        id=check_of(batch.id),
        priority=LATER,
        expires=batch.expires,
        attempts=ATTEMPTS,
    )
    await jobs.put(check, also=accept)
    return JSONResponse(batch_object(batch))


@router.get("/v1/batches", responses=answers(Page[BatchObject]))
async def list_batches(
    jobs: TheJobs,
    caller: TheCaller,
    after: After = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> JSONResponse:
    """List the caller's batches, the newest first."""
    async with jobs.store.session() as session:
        page = await store_batches.owned(session, caller.id, cut_of(limit, after, "desc"))
    return JSONResponse(listed([batch_object(batch) for batch in page.rows], more=page.more))


@router.get("/v1/batches/{batch}", responses=answers(BatchObject))
async def retrieve_batch(batch: str, jobs: TheJobs, caller: TheCaller) -> JSONResponse:
    """Say how far a batch is."""
    async with jobs.store.session() as session:
        known = await store_batches.found(session, batch, caller.id)
    return JSONResponse(batch_object(known))


@router.post("/v1/batches/{batch}/cancel", responses=answers(BatchObject))
async def cancel_batch(batch: str, jobs: TheJobs, caller: TheCaller) -> JSONResponse:
    """Call a batch off; what of it is answered by then is kept."""
    async with jobs.store.session() as session:
        await store_batches.found(session, batch, caller.id)
        known = await Progress(jobs.config, jobs.clock).cancel(session, batch)
    jobs.interrupt(batch)
    jobs.interrupt(check_of(batch))
    jobs.wake.set()
    return JSONResponse(batch_object(known))


def _batch(body: BatchRequest, service: Service, caller: Caller, now: float) -> Batch:
    kept = body.output_expires_after
    return Batch(
        id=f"batch_{token_hex(12)}",
        owner=caller.id,
        endpoint=body.endpoint,
        input_file=body.input_file_id,
        notes=body.metadata,
        created=now,
        expires=now + _WINDOW_SECONDS,
        keep_seconds=kept.seconds if kept else 3600 * service.settings.files.keep_hours,
    )
