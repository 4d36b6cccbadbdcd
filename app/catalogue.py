"""What can be asked for: `/v1/models` and `/v1/search/strategies`."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from app.chat import service
from app.errors import ModelNotFound
from app.openapi import answers
from app.plan import names
from app.replies import List, Model, StrategyCard
from app.service import Service
from app.settings import SERVICE_NAME
from search.registry import KINDS
from search.strategies import Strategy

router = APIRouter()


@router.get("/v1/models", response_model=None, responses=answers(List[Model]))
async def list_models(service: Annotated[Service, Depends(service)]) -> dict[str, Any]:
    """List every model, the first under its own name and the service's, and all their aliases."""
    return {"object": "list", "data": [_card(service, name) for name in names(service)]}


@router.get("/v1/models/{model:path}", response_model=None, responses=answers(Model))
async def get_model(model: str, service: Annotated[Service, Depends(service)]) -> dict[str, Any]:
    """Return one model's card."""
    if model not in names(service):
        raise ModelNotFound(model)
    return _card(service, model)


@router.get("/v1/search/strategies", response_model=None, responses=answers(List[StrategyCard]))
async def list_strategies() -> dict[str, Any]:
    """List the strategies: where each comes from, what it costs, what it can be told."""
    return {"object": "list", "data": [strategy_card(cls) for cls in KINDS.values()]}


def strategy_card(cls: type[Strategy]) -> dict[str, Any]:
    """Describe a strategy, its parameters as JSON Schema with defaults and bounds."""
    schema = cls.model_json_schema()
    kind = schema["properties"].pop("kind")["const"]
    return {
        "kind": kind,
        "description": (cls.__doc__ or "").strip(),
        "paper": cls.paper,
        "cost": cls.cost,
        "judges": cls.judges,
        "continues": cls.continues,
        "parameters": schema["properties"],
        **({"$defs": schema["$defs"]} if "$defs" in schema else {}),
    }


def _card(service: Service, name: str) -> dict[str, Any]:
    created = int(service.started)
    return {"id": name, "object": "model", "created": created, "owned_by": SERVICE_NAME}
