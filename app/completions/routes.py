"""`POST /v1/completions`: a search for how a prompt goes on, as it is."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from app.answering import Answering
from app.callers import Caller, caller
from app.chat import answering
from app.chat_stream import ChatStream
from app.completions.planned import planned
from app.completions.replies import TextCompletion
from app.completions.request import CompletionRequest
from app.openapi import answers, events
from app.streaming import until_hangup
from engines.tasks import collect

router = APIRouter()
_STREAM = events(
    "TextCompletionChunk",
    "Progress",
    "TreeGrowth",
    "Error",
    example=": drawing: 1 samples, 0 tokens, 1 calls\n\ndata: {...}\n\ndata: [DONE]\n\n",
)


@router.post("/v1/completions", responses=answers(TextCompletion, content=_STREAM))
async def create_completion(
    body: CompletionRequest,
    http: Request,
    answering: Annotated[Answering, Depends(answering)],
    caller: Annotated[Caller, Depends(caller)],
) -> Response:
    """Search for how each prompt goes on, streaming progress and text if asked to."""
    wanted = planned(body, answering.service, caller)
    if body.stream:
        return ChatStream(wanted.asked[0], answering)
    searches = (answering.answer(one) for one in wanted.asked)
    found = await until_hangup(http.receive, collect(searches))
    return JSONResponse(wanted.body(found))
