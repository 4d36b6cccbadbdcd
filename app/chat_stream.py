"""A chat completion as a stream: OpenAI's chunks."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson
from pydantic import JsonValue
from typing_extensions import override

from app.answering import Answering, Asked
from app.completion import Completion
from app.errors import error_body
from app.feed import Feed
from app.narration import Narration
from app.streaming import SearchStream, named
from app.weighed import Weighed, weighed
from scorers.base import Candidate
from search.events import Drafted, Event

_NOTHING: Mapping[str, Any] = {}


class ChatStream(SearchStream):
    """Sends an answer as OpenAI's chunks, and progress between them."""

    def __init__(self, asked: Asked, answering: Answering) -> None:
        super().__init__(asked, answering)
        self._head = asked.head
        self._narration = Narration(asked.plan) if self._request.search.narrate else None

    @override
    def _hear(self, event: Event, feed: Feed) -> None:
        # What is drawn comes without its log-probabilities: these wait for the whole.
        if self._request.shown is None or not isinstance(event, Drafted):
            feed.hear(event)
        if self._narration:
            self._narration.hear(event)

    @override
    def _first(self) -> Iterator[bytes]:
        yield self._chunk(0, {"role": "assistant", "content": "", "refusal": None})

    @override
    def _beside(self) -> Iterator[bytes]:
        if self._narration:
            yield from self._narrated(self._narration.take())

    @override
    def _piece(self, piece: Mapping[str, str]) -> Iterator[bytes]:
        yield self._chunk(0, dict(piece))
        self._narration = None  # What reasons comes before the answer.

    @override
    def _news(self, told: dict[str, JsonValue]) -> bytes:
        return named(str(told["type"]), told)

    @override
    async def _found(self, feed: Feed, completion: Completion) -> Iterator[bytes]:
        return self._chunks(feed, completion)

    @override
    def _failed(self, error: Exception) -> Iterator[bytes]:
        yield _data(error_body(error)[1])

    @override
    def _last(self) -> Iterator[bytes]:
        yield b"data: [DONE]\n\n"

    def _chunks(self, feed: Feed, completion: Completion) -> Iterator[bytes]:
        if self._narration:
            yield from self._narrated(self._narration.end(completion.outcome))
        for i, candidate in enumerate(completion.chosen):
            if i:
                yield self._chunk(i, {"role": "assistant", "content": ""})
            # Only the first choice may have been shown in part.
            for delta, logprobs in self._rest(Feed(()) if i else feed, completion, i, candidate):
                yield self._chunk(i, delta, logprobs=logprobs)
            # The report rides on a chunk that has a choice: many clients read `choices[0]` of all.
            report = _NOTHING if i else {"search": completion.search()}
            yield self._chunk(i, {}, completion.finish_reason(candidate), report=report)
        if self._request.stream_options.include_usage:
            yield _data(self._head.usage(completion.usage()))

    def _rest(
        self, feed: Feed, completion: Completion, place: int, candidate: Candidate
    ) -> Iterable[Weighed]:
        """Give what of a choice has not been sent."""
        message, tokens = completion.message(place, candidate), completion.tokens(candidate)
        if tokens is None:
            return ((delta, None) for delta in feed.rest(message))
        return weighed(message, tokens, self._head)

    def _narrated(self, lines: str) -> Iterator[bytes]:
        if lines:
            yield self._chunk(0, {"reasoning_content": lines})

    def _chunk(
        self,
        index: int,
        delta: dict[str, Any],
        finish: str | None = None,
        logprobs: dict[str, Any] | None = None,
        report: Mapping[str, Any] = _NOTHING,
    ) -> bytes:
        # As OpenAI has it: null on all chunks but the last, if usage is asked for.
        usage = {"usage": None} if self._request.stream_options.include_usage else {}
        return _data({**self._head.chunk(index, delta, finish, logprobs), **usage, **report})


def _data(value: Mapping[str, Any]) -> bytes:
    return b"data: %b\n\n" % orjson.dumps(value)
