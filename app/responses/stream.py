"""A response as a stream: events of OpenAI's while its search goes on."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import JsonValue
from typing_extensions import override

from app.answering import Answering, Asked
from app.completion import Completion, pieces
from app.responses.conversion import in_its_fields
from app.responses.events import EventBody, Script
from app.responses.keeping import Earlier, Keeping
from app.responses.resource import Resource
from app.streaming import Feed, SearchStream, named


class ResponseStream(SearchStream):
    """Sends a response that is not in the background, and keeps it if that is wanted."""

    def __init__(
        self,
        asked: Asked,
        answering: Answering,
        resource: Resource,
        keeping: Keeping | None,
        earlier: Earlier,
    ) -> None:
        super().__init__(asked, answering)
        self._resource, self._keeping, self._earlier = resource, keeping, earlier
        self._script = Script(resource)

    @override
    async def _relay(self) -> None:
        with in_its_fields():
            await super()._relay()

    @override
    def _first(self) -> Iterator[bytes]:
        yield from map(block, self._script.created("in_progress"))
        yield from map(block, self._script.began())

    @override
    def _piece(self, piece: Mapping[str, str]) -> Iterator[bytes]:
        return map(block, self._script.drawn(piece["content"]))

    @override
    def _news(self, told: dict[str, JsonValue]) -> bytes:
        return block(self._script.told(told))

    @override
    async def _found(self, feed: Feed, completion: Completion) -> Iterator[bytes]:
        body = self._resource.found(completion)
        # Before it is said to be there: the next request may go on from it.
        await self._keep(body)
        return map(block, self._script.ended(body, pieces))

    @override
    def _failed(self, error: Exception) -> Iterator[bytes]:
        return map(block, self._script.ended(self._resource.failed(error), pieces))

    @override
    def _last(self) -> Iterator[bytes]:
        yield from ()

    async def _keep(self, body: dict[str, Any]) -> None:
        if self._keeping is not None:
            await self._keeping.keep(self._resource.request, body, self._earlier)


def block(event: EventBody) -> bytes:
    """Return an event as it is sent."""
    return named(event["type"], event)
