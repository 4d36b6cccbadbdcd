"""What is kept of responses, and who sees it: between the wire and the store."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.callers import Caller
from app.errors import DatabaseOff
from app.responses.errors import ResponseUnfinished
from app.responses.items import ITEMS, Item
from app.responses.wire import ResponseRequest
from app.service import Service
from app.store import KeptResponse, ResponseNotFound, Store
from app.store.responses import Whose, chain, find, keep

DAY = 86_400.0
"""In seconds."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a response goes on from: other responses' ids, oldest first, and their items."""

    ids: tuple[str, ...] = ()
    shown: tuple[dict[str, Any], ...] = ()

    @property
    def items(self) -> list[Item]:
        """The items that were asked and answered, as conversations are made from."""
        return ITEMS.validate_python(list(self.shown))


NOTHING = Earlier()


@dataclass(frozen=True, slots=True)
class Keeping:
    """The responses of one caller."""

    store: Store
    caller: Caller
    days: float

    @property
    def whose(self) -> Whose:
        """Who asks, and from when on things are kept."""
        return Whose(self.caller.id, time.time() - self.days * DAY)

    async def find(self, response: str) -> KeptResponse:
        """Return a response.

        Raises:
            ResponseNotFound: the caller has none of this id.
            StoreError: the database failed.
        """
        return await find(self.store, response, self.whose)

    async def earlier(self, response: str) -> Earlier:
        """Return what is gone on from: a response, and all before it.

        Raises:
            ResponseNotFound: the caller has none of this id, or one before it is gone.
            ResponseUnfinished: it has not ended.
            StoreError: the database failed.
        """
        try:
            known = await chain(self.store, response, self.whose, time.time())
        except ResponseNotFound as error:
            error.param = "previous_response_id"
            raise
        if not known[-1].ended:
            raise ResponseUnfinished(response)
        return Earlier(tuple(one.id for one in known), tuple(_said(known)))

    async def asked(self, response: str) -> list[dict[str, Any]]:
        """Return the items that a response was made from: all before it, and its input.

        Raises:
            ResponseNotFound: the caller has none of this id, or one before it is gone.
            StoreError: the database failed.
        """
        *before, last = await chain(self.store, response, self.whose, time.time())
        return [*_said(before), *last.input]

    async def keep(self, request: ResponseRequest, body: dict[str, Any], earlier: Earlier) -> None:
        """Keep a response that was answered.

        Raises:
            StoreError: the database failed.
        """
        await keep(self.store, self.row(request, body, earlier))

    def row(self, request: ResponseRequest, body: dict[str, Any], earlier: Earlier) -> KeptResponse:
        """Return a response as it is kept."""
        return KeptResponse(
            id=body["id"],
            owner=self.caller.id,
            used=time.time(),
            status=body["status"],
            background=request.background,
            body=body,
            input=shown(request, body["id"]),
            chain=list(earlier.ids),
        )


def keeping(service: Service, caller: Caller) -> Keeping:
    """Return the responses of a caller.

    Raises:
        DatabaseOff: none are kept here.
    """
    if service.store is None:
        raise DatabaseOff
    return Keeping(service.store, caller, service.settings.response_days)


def shown(request: ResponseRequest, response: str) -> list[dict[str, Any]]:
    """Return the items that were asked, as they are listed."""
    return [item.shown(f"{response}/input/{i}") for i, item in enumerate(request.input)]


def _said(responses: Sequence[KeptResponse]) -> Iterator[dict[str, Any]]:
    """Give what was asked and answered, in turn."""
    for response in responses:
        output: Any = response.body["output"]
        yield from (*response.input, *output)
