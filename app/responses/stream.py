"""A response as a stream: events of OpenAI's while its search goes on."""

from collections.abc import Iterator, Mapping

from pydantic import JsonValue
from typing_extensions import override

from app.answering import Answering
from app.completion import Completion, pieces
from app.errors import error_body
from app.feed import Feed
from app.responses.conversion import in_its_fields
from app.responses.events import EventBody, Script
from app.responses.planned import Planned
from app.responses.resource import failed
from app.streaming import SearchStream, named


class ResponseStream(SearchStream):
    """Sends a response that is not in the background, and keeps it if that is wanted."""

    def __init__(self, planned: Planned, answering: Answering) -> None:
        super().__init__(planned.asked, answering)
        self._planned, self._body = planned, planned.resource.state("in_progress")
        self._script = Script(self._body)

    @override
    async def _relay(self) -> None:
        with in_its_fields():
            await super()._relay()

    @override
    def _first(self) -> Iterator[bytes]:
        yield from map(block, self._script.created())
        yield from map(block, self._script.began())

    @override
    def _piece(self, piece: Mapping[str, str]) -> Iterator[bytes]:
        return map(block, self._script.drawn(piece["content"]))

    @override
    def _news(self, told: dict[str, JsonValue]) -> bytes:
        return block(self._script.told(told))

    @override
    async def _found(self, feed: Feed, completion: Completion) -> Iterator[bytes]:
        body = self._planned.resource.found(completion)
        # Before it is said to be there: the next request may go on from it.
        await self._planned.keep(body)
        return map(block, self._script.ended(body, pieces))

    @override
    def _failed(self, error: Exception) -> Iterator[bytes]:
        body = failed(self._body, *error_body(error))
        return map(block, self._script.ended(body, pieces))

    @override
    def _last(self) -> Iterator[bytes]:
        yield from ()


def block(event: EventBody) -> bytes:
    """Return an event as it is sent."""
    return named(event["type"], event)
