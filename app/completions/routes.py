"""`POST /v1/completions`: a search for how a prompt goes on, as it is."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from app.answering import Answering, Asked
from app.callers import Caller, caller
from app.chat import answering
from app.chat_stream import ChatStream
from app.completion import fingerprint_of
from app.completions.answer import TextHead, body_of
from app.completions.replies import TextCompletion
from app.completions.request import CompletionRequest, PromptRequest
from app.openapi import answers, events
from app.plan import plan
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
    head = TextHead(body.model)
    requests = body.asked()

    def asked(place: int, request: PromptRequest) -> Asked:
        planned = plan(request, answering.service)
        echo = request.prompt if body.echo and isinstance(request.prompt, str) else ""
        name = head.id if len(requests) == 1 else f"{head.id}-{place}"
        own = TextHead(body.model, name, head.created, fingerprint_of(planned), echo=echo)
        return Asked(request, own, planned, caller)

    all_asked = [asked(place, request) for place, request in enumerate(requests)]
    if body.stream:
        return ChatStream(all_asked[0], answering)
    found = await until_hangup(http.receive, collect(answering.answer(one) for one in all_asked))
    whole = TextHead(body.model, head.id, head.created, all_asked[0].head.fingerprint)
    return JSONResponse(body_of(whole, found))
