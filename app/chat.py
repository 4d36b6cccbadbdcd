"""`POST /v1/chat/completions`: OpenAI's endpoint, with a search behind it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from app.answering import Answering, Asked
from app.callers import Caller, caller
from app.chat_replies import ChatCompletion
from app.chat_stream import ChatStream
from app.completion import Head, fingerprint_of
from app.openapi import answers, events
from app.opening import Opening
from app.plan import plan
from app.service import Service
from app.streaming import until_hangup
from app.wire import ChatRequest

router = APIRouter()
_STREAM = events(
    "ChatCompletionChunk",
    "Progress",
    "TreeGrowth",
    "Error",
    example=": drawing: 1 samples, 0 tokens, 1 calls\n\ndata: {...}\n\ndata: [DONE]\n\n",
)


async def service(request: Request) -> Service:
    """Hand a route the service, once it is open."""
    # A coroutine without an await: FastAPI would take a plain function to a thread and back.
    opening = request.app.state.opening
    assert isinstance(opening, Opening)
    return opening.service


async def answering(request: Request, service: Annotated[Service, Depends(service)]) -> Answering:
    """Hand a route what answers."""
    return Answering(service, request.app.state.metrics)


@router.post("/v1/chat/completions", responses=answers(ChatCompletion, content=_STREAM))
async def create_chat_completion(
    body: ChatRequest,
    http: Request,
    answering: Annotated[Answering, Depends(answering)],
    caller: Annotated[Caller, Depends(caller)],
) -> Response:
    """Search for an answer and return it, streaming its progress and text if asked to."""
    planned = plan(body, answering.service)
    head = Head(body.model, fingerprint=fingerprint_of(planned))
    asked = Asked(body, head, planned, caller)
    if body.stream:
        return ChatStream(asked, answering)
    completion = await until_hangup(http.receive, answering.answer(asked))
    return JSONResponse(completion.body())
