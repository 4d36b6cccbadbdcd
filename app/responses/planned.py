"""A request for a response, ready to be searched for."""

from dataclasses import dataclass
from typing import Any

from app.answering import Asked
from app.callers import Caller
from app.plan import plan
from app.responses.conversion import chat_request, in_its_fields
from app.responses.keeping import NOTHING, Earlier, Keeping, keeping
from app.responses.resource import Resource
from app.responses.wire import ResponseRequest
from app.service import Service


@dataclass(frozen=True, slots=True)
class Planned:
    """What is asked and what it goes on from; `keeping` is where it is kept, if it is to be."""

    asked: Asked
    resource: Resource
    earlier: Earlier
    keeping: Keeping | None

    async def keep(self, body: dict[str, Any]) -> None:
        """Keep the response, if it is to be.

        Raises:
            StoreError: the database failed.
        """
        if self.keeping is not None:
            await self.keeping.keep(self.resource.request, body, self.earlier)


async def planned(
    request: ResponseRequest, service: Service, caller: Caller, *, counted: bool = True
) -> Planned:
    """Decide how to answer a request; see `Asked` for whether it is counted.

    Raises:
        DatabaseOff: it is to be kept, or goes on from another, and nothing is kept here.
        ResponseNotFound, ResponseUnfinished: it cannot go on from that.
        RequestValidationError, ModelNotFound, StrategyRefused, BadPattern: see `chat_request` and
            `plan`.
        StoreError: the database failed.
    """
    earlier, kept = NOTHING, keeping(service, caller) if request.store else None
    if request.previous_response_id is not None:
        own = kept or keeping(service, caller)
        earlier = await own.earlier(request.previous_response_id)
    chat = chat_request(request, earlier.items)
    with in_its_fields():
        how = plan(chat, service)
    resource = Resource(request, how.task.sampling.temperature)
    asked = Asked(chat, resource.head, how, caller, counted=counted)
    return Planned(asked, resource, earlier, kept)
