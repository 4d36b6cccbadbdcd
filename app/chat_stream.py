"""A chat completion as a stream: OpenAI's chunks."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from pydantic import JsonValue
from typing_extensions import override

from app.completion import Completion
from app.errors import error_body
from app.progress import EVENT
from app.streaming import Feed, SearchStream, named


class ChatStream(SearchStream):
    """Sends an answer as OpenAI's chunks, and progress between them."""

    @override
    def _first(self) -> Iterator[bytes]:
        first = {"role": "assistant", "content": "", "refusal": None}
        yield _data(self._asked.head.chunk(0, first))

    @override
    def _piece(self, piece: Mapping[str, str]) -> Iterator[bytes]:
        yield _data(self._asked.head.chunk(0, dict(piece)))

    @override
    def _news(self, told: dict[str, JsonValue]) -> bytes:
        return named(EVENT, told)

    @override
    async def _found(self, feed: Feed, completion: Completion) -> Iterator[bytes]:
        return map(_data, self._chunks(feed, completion))

    @override
    def _failed(self, error: Exception) -> Iterator[bytes]:
        yield _data(error_body(error)[1])

    @override
    def _last(self) -> Iterator[bytes]:
        yield b"data: [DONE]\n\n"

    def _chunks(self, feed: Feed, completion: Completion) -> Iterator[dict[str, Any]]:
        head = self._asked.head
        for i, candidate in enumerate(completion.chosen):
            if i:
                yield head.chunk(i, {"role": "assistant", "content": ""})
            # Only the first choice may have been shown in part.
            for delta in (Feed(()) if i else feed).rest(completion.message(i, candidate)):
                yield head.chunk(i, delta)
            last = head.chunk(i, {}, completion.finish_reason(candidate))
            # The report rides on a chunk that has a choice: many clients read `choices[0]` of all.
            yield last if i else last | {"search": completion.search()}
        if self._request.stream_options.include_usage:
            yield head.usage(completion.usage())


def _data(value: Mapping[str, Any]) -> bytes:
    return b"data: %b\n\n" % orjson.dumps(value)
