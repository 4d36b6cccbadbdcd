"""The events that a response is told in: which, in which order, and their numbers."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from app.feed import Told
from app.responses.items import output_text
from app.responses.output import message, reasoning

EventBody: TypeAlias = dict[str, Any]
Cut: TypeAlias = Callable[[str], Iterable[str]]
"""How a text that is known as a whole is parted into deltas."""


def whole(text: str) -> Iterator[str]:
    """Give a text in one piece, if there is any."""
    if text:
        yield text


class Script:
    """Tells a response in events, numbered from `first` on; `body` is how it is now.

    The item that says what the search did comes first, and is under way as long as the search is.
    The message is begun with its first words.
    """

    def __init__(self, body: Mapping[str, Any], *, first: int = 0) -> None:
        self._body, self._next = body, first
        self._summarised = body["reasoning"]["summary"] is not None
        self._place, self._text, self._open = int(self._summarised), Told(), False

    def created(self) -> Iterator[EventBody]:
        """Tell that the response is there."""
        yield self._event("response.created", response=self._body)
        if self._body["status"] == "queued":
            yield self._event("response.queued", response=self._body)

    def began(self) -> Iterator[EventBody]:
        """Tell that the search began."""
        yield self._event("response.in_progress", response=self._body)
        if self._summarised:
            yield self._added(0, reasoning(self._body["id"], status="in_progress"))

    def told(self, news: Mapping[str, Any]) -> EventBody:
        """Tell something of ours that OpenAI has no event for; its `type` is in it."""
        return self._event(news["type"]) | dict(news)

    def drawn(self, text: str) -> Iterator[EventBody]:
        """Tell a piece of the answer as it is drawn."""
        if not self._open:
            yield from self._begin_message()
        self._text.waiting += text
        yield self._delta(self._text.take())

    def ended(self, body: Mapping[str, Any], parted: Cut) -> Iterator[EventBody]:
        """Tell what of the response has not been told, and how it ended."""
        for place, item in enumerate(body["output"]):
            yield from self._item(place, item, parted)
        yield self._event(f"response.{body['status']}", response=body)

    def _item(self, place: int, item: Mapping[str, Any], parted: Cut) -> Iterator[EventBody]:
        if item["type"] == "reasoning":
            yield from self._summary(place, item)
        elif item["type"] == "message":
            yield from self._message(item, parted)
        else:
            yield from self._call(place, item, parted)
        yield self._event("response.output_item.done", output_index=place, item=item)

    def _summary(self, place: int, item: Mapping[str, Any]) -> Iterator[EventBody]:
        for i, part in enumerate(item["summary"]):
            where = {"item_id": item["id"], "output_index": place, "summary_index": i}
            kind, empty = "response.reasoning_summary", part | {"text": ""}
            yield self._event(f"{kind}_part.added", **where, part=empty)
            yield self._event(f"{kind}_text.delta", **where, delta=part["text"])
            yield self._event(f"{kind}_text.done", **where, text=part["text"])
            yield self._event(f"{kind}_part.done", **where, part=part)

    def _message(self, item: Mapping[str, Any], parted: Cut) -> Iterator[EventBody]:
        if not self._open:
            yield from self._begin_message()
        [part] = item["content"]
        for text in parted(self._text.rest(part["text"])):
            yield self._delta(text)
        where = self._where(item["id"])
        yield self._event("response.output_text.done", **where, text=part["text"], logprobs=[])
        yield self._event("response.content_part.done", **where, part=part)

    def _call(self, place: int, item: Mapping[str, Any], parted: Cut) -> Iterator[EventBody]:
        where = {"item_id": item["id"], "output_index": place}
        yield self._added(place, {**item, "arguments": "", "status": "in_progress"})
        kind, arguments = "response.function_call_arguments", item["arguments"]
        for text in parted(arguments):
            yield self._event(f"{kind}.delta", **where, delta=text)
        yield self._event(f"{kind}.done", **where, arguments=arguments, name=item["name"])

    def _begin_message(self) -> Iterator[EventBody]:
        self._open = True
        item = message(self._body["id"], self._place, status="in_progress")
        yield self._added(self._place, item)
        where = self._where(item["id"])
        yield self._event("response.content_part.added", **where, part=output_text(""))

    def _delta(self, text: str) -> EventBody:
        where = self._where(message(self._body["id"], self._place)["id"])
        return self._event("response.output_text.delta", **where, delta=text, logprobs=[])

    def _where(self, item: str) -> EventBody:
        return {"item_id": item, "output_index": self._place, "content_index": 0}

    def _added(self, place: int, item: Mapping[str, Any]) -> EventBody:
        return self._event("response.output_item.added", output_index=place, item=item)

    def _event(self, kind: str, **fields: object) -> EventBody:
        number, self._next = self._next, self._next + 1
        return {"type": kind, "sequence_number": number, **fields}
