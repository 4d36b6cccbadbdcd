"""`POST /v1/chat/completions`: OpenAI's endpoint, with a search behind it."""

import time
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from app.completion import Completion, Head, kept
from app.metrics import Metrics
from app.opening import Opening
from app.plan import plan
from app.remembering import keep
from app.service import Service
from app.streaming import ChatStream, until_hangup
from app.wire import ChatRequest
from search import run_search
from search.events import Event, Sink

router = APIRouter()


async def service(request: Request) -> Service:
    """Hand a route the service, once it is open."""
    # A coroutine without an await: FastAPI would take a plain function to a thread and back.
    opening = request.app.state.opening
    assert isinstance(opening, Opening)
    return opening.service


@router.post("/v1/chat/completions")
async def create_chat_completion(
    body: ChatRequest, http: Request, service: Annotated[Service, Depends(service)]
) -> Response:
    """Search for an answer and return it, streaming its progress and text if asked to."""
    planned, head = plan(body, service), Head(body.model)
    metrics: Metrics = http.app.state.metrics

    async def search(sink: Sink) -> Completion:
        trace: list[Event] = []

        def hear(event: Event) -> None:
            if kept(event):
                trace.append(event)
            sink(event)

        began = time.perf_counter()
        with metrics.search():
            outcome = await run_search(
                planned.strategy, planned.task, planned.models, planned.budget, sink=hear
            )
        seconds = time.perf_counter() - began
        completion = Completion(head, body, planned, outcome, trace, seconds)
        metrics.found(completion)
        await keep(completion, service.outcomes)
        return completion

    if body.stream:
        return ChatStream(head, body, search, planned.limits)
    completion = await until_hangup(http.receive, search(lambda _: None))
    return JSONResponse(completion.body())
