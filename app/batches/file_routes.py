"""`/v1/files`: what is to be answered comes in files, and so do the answers."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from app.batches.files import Writing, parts
from app.batches.replies import FileObject
from app.batches.upload import FORM, received
from app.batches.wire import file_object
from app.callers import Caller, caller
from app.chat import service
from app.jobs.dependency import jobs
from app.jobs.jobs import Jobs
from app.lists import After, Order, cut_of, listed
from app.openapi import answers, binary
from app.replies import Deleted, Page
from app.service import Service
from app.store import File, Store
from app.store import files as store_files

router = APIRouter()

TheJobs = Annotated[Jobs, Depends(jobs)]
TheCaller = Annotated[Caller, Depends(caller)]


@router.post("/v1/files", responses=answers(FileObject), openapi_extra={"requestBody": FORM})
async def create_file(
    http: Request, service: Annotated[Service, Depends(service)], jobs: TheJobs, caller: TheCaller
) -> JSONResponse:
    """Keep a file that is sent by multipart."""
    config, now = service.settings.files, jobs.clock()
    async with received(http, config.max_bytes) as upload:
        writing = Writing(
            jobs.store, owner=caller.id, name=upload.name, purpose="batch", created=now
        )
        await writing.begin()
        async for piece in upload.content():
            await writing.write(piece)
        size, kept = await writing.end(), upload.keep_seconds or 3600 * config.keep_hours
    async with jobs.store.session() as session:
        file = await session.get_one(File, writing.file.id)
        file.bytes, file.whole, file.expires = size, True, now + kept
    return JSONResponse(file_object(file))


@router.get("/v1/files", responses=answers(Page[FileObject]))
async def list_files(
    *,
    jobs: TheJobs,
    caller: TheCaller,
    purpose: str | None = None,
    after: After = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 10_000,
    order: Order = "desc",
) -> JSONResponse:
    """List the caller's files."""
    async with jobs.store.session() as session:
        cut = cut_of(limit, after, order)
        page = await store_files.owned(session, caller.id, jobs.clock(), cut, purpose=purpose)
    return JSONResponse(listed([file_object(file) for file in page.rows], more=page.more))


@router.get("/v1/files/{file}", responses=answers(FileObject))
async def retrieve_file(file: str, jobs: TheJobs, caller: TheCaller) -> JSONResponse:
    """Say what a file is."""
    async with jobs.store.session() as session:
        known = await store_files.found(session, file, caller.id, jobs.clock())
    return JSONResponse(file_object(known))


@router.get(
    "/v1/files/{file}/content",
    response_class=Response,
    responses=binary("application/octet-stream"),
)
async def retrieve_content(file: str, jobs: TheJobs, caller: TheCaller) -> Response:
    """Give the bytes of a file."""
    async with jobs.store.session() as session:
        known = await store_files.found(session, file, caller.id, jobs.clock())
    return FileContent(jobs.store, known)


@router.delete("/v1/files/{file}", responses=answers(Deleted))
async def delete_file(file: str, jobs: TheJobs, caller: TheCaller) -> JSONResponse:
    """Delete a file."""
    async with jobs.store.session() as session:
        await store_files.found(session, file, caller.id, jobs.clock())
        await store_files.remove(session, [file])
    return JSONResponse({"id": file, "object": "file", "deleted": True})


class FileContent(Response):
    """Sends a file as it is read from the database, a part at a time."""

    media_type = "application/octet-stream"

    def __init__(self, store: Store, file: File) -> None:
        super().__init__()
        self.headers["content-length"] = str(file.bytes)
        self._store, self._file = store, file

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        async for content in parts(self._store, self._file.id):
            await send({"type": "http.response.body", "body": content, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
