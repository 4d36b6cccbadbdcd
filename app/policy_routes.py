"""`POST /v1/search/plan` and `POST /v1/search/policy:reload`."""

from secrets import compare_digest
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from app.chat import service
from app.errors import AdminOnly
from app.foresight import Foresight, foreseen
from app.openapi import answers
from app.plan import plan
from app.policies import reload
from app.replies import List, LoadedPolicy, SearchPlan
from app.service import Service
from app.wire import ChatRequest

router = APIRouter()
_SCHEME = "bearer"


@router.post("/v1/search/plan", response_model=None, responses=answers(SearchPlan))
async def plan_search(
    body: ChatRequest,
    service: Annotated[Service, Depends(service)],
    probe: Annotated[
        bool, Query(description="measure the difficulty, with samples that are paid for")
    ] = False,
) -> dict[str, Any]:
    """Say how a chat completion of this body would be answered, at what cost, and why."""
    planned = plan(body, service)
    foresight: Foresight = await foreseen(planned, probe=probe)
    return {"object": "search.plan", "model": body.model, **foresight.told()}


@router.post("/v1/search/policy:reload", response_model=None, responses=answers(List[LoadedPolicy]))
async def reload_policies(
    http: Request, service: Annotated[Service, Depends(service)]
) -> dict[str, Any]:
    """Read the policies' files again: those of all models, or if one is wrong of none."""
    _check_admin(http, service)
    files = {name: one.policy for name, one in service.everyone.items() if one.policy}
    reload(list(files.values()))
    data = [
        {"model": name, "file": str(file.path), "policy": file.policy.name}
        for name, file in files.items()
    ]
    return {"object": "list", "data": data}


def _check_admin(http: Request, service: Service) -> None:
    """Refuse whoever does not show the administrator's key.

    Raises:
        AdminOnly: no key is set, or it is another.
    """
    key = service.settings.admin_key
    if key is None:
        raise AdminOnly("this is for administrators, who need a key: set `admin_key`")
    scheme, _, given = http.headers.get("authorization", "").partition(" ")
    if scheme.lower() != _SCHEME or not compare_digest(
        given.strip().encode(), key.get_secret_value().encode()
    ):
        raise AdminOnly("this is for administrators: send their key as a bearer token")
