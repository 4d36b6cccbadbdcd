"""`POST /v1/ifd`: what pairs of an instruction and its response are worth to a model."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from secrets import token_hex
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from app.callers import Caller, caller
from app.chat import service
from app.ifd_replies import Ifds
from app.ifd_request import IfdRequest
from app.openapi import answers
from app.plan import find
from app.service import Service
from app.settings import SERVICE_NAME
from app.streaming import until_hangup
from engines.usage import Usage
from training.pairs import Pair
from training.recycle.rows import row_of
from training.recycle.scores import Scores
from training.recycle.student import Student, reading
from training.recycle.templates import GUESS

router = APIRouter()
_AT_ONCE = 4
"""Samples of one request that are read together: others have requests, too."""


@router.post("/v1/ifd", responses=answers(Ifds))
async def create_ifd(
    body: IfdRequest,
    http: Request,
    service: Annotated[Service, Depends(service)],
    caller: Annotated[Caller, Depends(caller)],
) -> JSONResponse:
    """Score pairs by how much the instruction helps to say the response, and the other way round.

    Nothing is drawn: the model reads four texts of each sample.
    """
    return JSONResponse(await until_hangup(http.receive, ifd(body, service, caller)))


async def ifd(request: IfdRequest, service: Service, caller: Caller) -> dict[str, Any]:
    """Have a request's samples scored; return the answer's JSON.

    What was read is paid for, also when the rest fails or nobody waits for it any longer.

    Raises:
        ModelNotFound: the model is not served here.
        TooManySamples: there are more than are taken.
        Unsupported: the model's engine tells no log-probabilities of given texts.
        RequestRefused: it has no chat template.
        EngineError: it could not be asked.
        Refused, StoreError: the caller may spend nothing now.
    """
    await service.gate.check(caller, service.store)
    service.settings.caps.check_samples(len(request.samples))
    served, _ = find(request.model or SERVICE_NAME, service)
    student = Student(reading(served.engine), request.template)
    await student.check()
    scored: list[Scores] = []

    def hear(_: int, __: Pair, scores: Scores) -> None:
        scored.append(scores)

    pairs = (sample.pair() for sample in request.samples)
    try:
        await student.score_each(pairs, hear, concurrency=_AT_ONCE)
    finally:
        service.gate.charge(caller, _spent(scored))
    return _answer(request, student, scored)


def _spent(scored: Sequence[Scores]) -> Usage:
    return sum((scores.usage for scores in scored), Usage())


def _answer(request: IfdRequest, student: Student, scored: Sequence[Scores]) -> dict[str, Any]:
    spent = _spent(scored)
    return {
        "id": f"ifd-{token_hex(12)}",
        "object": "list",
        "created": int(time.time()),
        "model": request.model or SERVICE_NAME,
        "template": request.template,
        "guess": GUESS,
        "max_tokens": student.longest,
        "data": [
            {"object": "ifd", "index": i, **row_of(scores)} for i, scores in enumerate(scored)
        ],
        "usage": {
            **asdict(spent),
            "total_tokens": spent.prompt_tokens + spent.completion_tokens,
        },
    }
