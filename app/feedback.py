"""`POST /v1/feedback`: what came of an answer, so that a policy can learn from it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import ConfigDict, Field, JsonValue

from app.body import RequestBody
from app.chat import service
from app.errors import FeedbackOff
from app.openapi import answers
from app.replies import Feedback
from app.service import Service
from app.store.outcomes import judge

router = APIRouter()

_EXAMPLE: JsonValue = {"trace": "chatcmpl-5f1d2a0b9c3e4d6f7a8b9c0d", "verdict": "right"}


class FeedbackRequest(RequestBody):
    """`POST /v1/feedback`."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    trace: str = Field(min_length=1, max_length=64, description="the `id` of a chat completion")
    verdict: Literal["right", "wrong"] = Field(description="what its first choice was")


@router.post("/v1/feedback", responses=answers(Feedback))
async def create_feedback(
    body: FeedbackRequest, service: Annotated[Service, Depends(service)]
) -> JSONResponse:
    """Keep a verdict on an answer; the last one counts."""
    if service.outcomes is None:
        raise FeedbackOff
    earlier = await judge(service.outcomes, body.trace, right=body.verdict == "right")
    replaced = None if earlier is None else "right" if earlier else "wrong"
    changed = replaced if replaced != body.verdict else None
    return JSONResponse({"object": "feedback", **body.model_dump(), "replaced": changed})
