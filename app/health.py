"""Whether the service lives, and whether it can answer."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from app.openapi import answers
from app.opening import Draining, NotReady, Opening
from app.replies import Health, Ready, Unready
from engines.errors import EngineError
from engines.tasks import collect

router = APIRouter()


@router.get("/health", response_model=None, responses=answers(Health))
async def health() -> dict[str, str]:
    """Say that the process answers. It does not ask the engine: a restart would not mend that."""
    return {"status": "ok"}


@router.get("/ready", responses=answers(Ready) | {503: {"model": Unready}})
async def ready(request: Request) -> JSONResponse:
    """Say whether searches can be answered now: 503 while an engine is away, and at the end."""
    opening: Opening = request.app.state.opening
    try:
        service = opening.service
        named = (further.engine for further in service.named.values())
        engines = (service.engine, *service.engines.values(), *named)
        await collect(engine.health() for engine in engines)
    except Draining as error:
        return JSONResponse({"status": "draining", "reason": str(error)}, 503)
    except (NotReady, EngineError) as error:
        return JSONResponse({"status": "not ready", "reason": str(error)}, 503)
    model = service.engine.capabilities.model
    return JSONResponse({"status": "ready", "model": model})
