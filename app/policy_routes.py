"""`POST /v1/search/plan` and `POST /v1/search/policy:reload`."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from app.answering import Answering
from app.callers import Caller, caller
from app.chat import answering, service
from app.errors import AdminOnly
from app.foresight import Foresight, foreseen
from app.keys.bounds import bounded, fan_out
from app.keys.turns import turn
from app.openapi import answers
from app.plan import Plan, plan
from app.policies import reload
from app.replies import List, LoadedPolicy, SearchPlan
from app.service import Service
from app.wire import ChatRequest

router = APIRouter()


@router.post("/v1/search/plan", response_model=None, responses=answers(SearchPlan))
async def plan_search(
    body: ChatRequest,
    answering: Annotated[Answering, Depends(answering)],
    caller: Annotated[Caller, Depends(caller)],
    probe: Annotated[
        bool, Query(description="measure the difficulty, with samples that are paid for")
    ] = False,
) -> dict[str, Any]:
    """Say how a chat completion of this body would be answered, at what cost, and why."""
    planned = bounded(plan(body, answering.service), body, caller.limits.budget)
    foresight = await (_probed(planned, caller, answering) if probe else foreseen(planned))
    return {"object": "search.plan", "model": body.model, **foresight.told()}


async def _probed(planned: Plan, caller: Caller, answering: Answering) -> Foresight:
    async with turn(caller, fan_out(planned), answering.service, answering.metrics) as bill:
        foresight = await foreseen(planned, probe=True)
        bill.usage += foresight.generator + foresight.verifier
    return foresight


@router.post("/v1/search/policy:reload", response_model=None, responses=answers(List[LoadedPolicy]))
async def reload_policies(
    caller: Annotated[Caller, Depends(caller)], service: Annotated[Service, Depends(service)]
) -> dict[str, Any]:
    """Read the policies' files again: those of all models, or if one is wrong of none."""
    _check_admin(caller, service)
    files = {name: one.policy for name, one in service.everyone.items() if one.policy}
    reload(list(files.values()))
    data = [
        {"model": name, "file": str(file.path), "policy": file.policy.name}
        for name, file in files.items()
    ]
    return {"object": "list", "data": data}


def _check_admin(caller: Caller, service: Service) -> None:
    """Refuse whoever has not shown an administrator's key.

    Raises:
        AdminOnly: they have not, or there is none.
    """
    if "admin" in caller.scopes:
        return
    if service.settings.admin_key is None:
        raise AdminOnly(
            "this is for administrators, who need a key: set `admin_key`, or make "
            "one with `fathom keys create --scope admin`"
        )
    raise AdminOnly("this is for administrators: send their key as a bearer token")
