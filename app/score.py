"""`POST /v1/score`: solutions that come from elsewhere, judged by the scorers that searches use."""

import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from secrets import token_hex
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from app.callers import ANYONE, Caller, caller
from app.chat import service
from app.completion import opinion_of
from app.openapi import answers
from app.plan import find
from app.replies import Scores as ScoresReply
from app.score_request import DEFAULT_STEP_END, ScoreRequest
from app.service import Service
from app.settings import SERVICE_NAME
from app.streaming import until_hangup
from engines.base import Prompt
from engines.thinking import Thinking
from scorers.base import Scorer
from search.errors import StrategyRefused
from search.scoring import Scores, score_solutions, solution, unfit

router = APIRouter()


@router.post("/v1/score", responses=answers(ScoresReply))
async def create_score(
    body: ScoreRequest,
    http: Request,
    service: Annotated[Service, Depends(service)],
    caller: Annotated[Caller, Depends(caller)],
) -> JSONResponse:
    """Judge solutions of a conversation: a reward for each step, and a score or why there is none.

    Nothing is drawn. The bill is the verifiers'.
    """
    return JSONResponse(await until_hangup(http.receive, score(body, service, caller)))


async def score(request: ScoreRequest, service: Service, caller: Caller = ANYONE) -> dict[str, Any]:
    """Have a request's solutions judged; return the answer's JSON.

    Raises:
        ModelNotFound: the model is not served here.
        StrategyRefused: a scorer is not there, or cannot judge such solutions.
        ScorerUnavailable: every scorer failed.
        Refused, StoreError: the caller may spend nothing now.
    """
    await service.gate.check(caller, service.store)
    served, _ = find(request.model or SERVICE_NAME, service)
    prompt = Prompt(request.conversation(), thinking=_marks(served))
    steps = request.steps(served.settings.step_end or DEFAULT_STEP_END)
    solutions = [solution(prompt, s, finished=request.finished) for s in steps]
    scores = await score_solutions(solutions, _chain(request, served))
    service.gate.charge(caller, scores.usage)
    return _answer(request.model or SERVICE_NAME, scores)


def _marks(service: Service) -> Thinking | None:
    """Return the marks of the model's thinking; a text without any is all answer."""
    thinking = service.engine.capabilities.thinking
    return thinking and replace(thinking, opened=False)


def _chain(request: ScoreRequest, service: Service) -> Sequence[Scorer]:
    """Return who is to judge: those the request names, or those set as the default that can."""
    chain = service.chain(request.scorer, request.reference, request.tests)
    reasons = {scorer: unfit(scorer, finished=request.finished) for scorer in chain}
    able = [scorer for scorer, reason in reasons.items() if reason is None]
    refused = {scorer.name: reason for scorer, reason in reasons.items() if reason is not None}
    named = [name for name in refused if name in (request.scorer or ())]
    if named or not able:
        raise StrategyRefused(refused[(named or list(refused))[0]], param="scorer")
    return able


def _answer(model: str, scores: Scores) -> dict[str, Any]:
    spent = scores.usage
    return {
        "id": f"score-{token_hex(12)}",
        "object": "list",
        "created": int(time.time()),
        "model": model,
        "data": [
            {"object": "score", "index": i, **opinion_of(scored)}
            for i, scored in enumerate(scores.scored)
        ],
        "degradations": list(scores.degradations),
        "usage": {
            **asdict(spent),
            "total_tokens": spent.prompt_tokens + spent.completion_tokens,
        },
    }
