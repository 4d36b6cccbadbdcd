"""Searches that end when the client does, and answers that come as they are found.

A search is a child task of the response that waits for it, so it cannot outlive the connection.
We do not stream from an async generator: one cancelled between two `yield`s stays suspended, and
its search with it, until the garbage collector comes by (PEP 789). Nor do we leave hang-ups to
Starlette: since ASGI 2.4 it notices them only when it next sends.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias, TypeVar

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from app.completion import Completion, Head, call_deltas, pieces
from app.errors import STATUS, error_body
from app.progress import Progress
from app.wire import ChatRequest
from engines.tasks import collect
from search.events import Drafted, Event, Sink

T = TypeVar("T")
Searcher: TypeAlias = Callable[[Sink], Coroutine[Any, Any, Completion]]

HEARTBEAT_SECONDS = 1.0


class ClientGone(Exception):
    """The client hung up; there is nobody left to answer."""


async def until_hangup(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """Await `work`, cancelling it if the client goes away. The request's body must be read.

    Raises:
        ClientGone: the client went away first.
    """

    async def watch() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        raise ClientGone

    try:
        async with asyncio.TaskGroup() as group:
            watcher = group.create_task(watch())
            task = group.create_task(work)
            task.add_done_callback(lambda _: watcher.cancel())
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return task.result()


class Feed:
    """What is still to be sent: text of the answer, and the newest line of progress.

    Neither grows with a reader who is slow: progress is one line, text is at most the answer.
    """

    def __init__(self, stops: tuple[str, ...]) -> None:
        # A stop string is not part of the answer: its length is held back until the end is known.
        self._held_back = max(map(len, stops), default=0)
        self._progress = Progress()
        self._drafted, self._taken = "", 0
        self.wake = asyncio.Event()
        self.ended = False

    def hear(self, event: Event) -> None:
        """Take note of an event of the search."""
        if isinstance(event, Drafted):
            self._drafted += event.delta.text
        else:
            self._progress.hear(event)
        self.wake.set()

    def end(self) -> None:
        """Say that the search is over."""
        self.ended = True
        self.wake.set()

    @property
    def line(self) -> str:
        """How the search stands."""
        return self._progress.line

    def take(self) -> str:
        """Return the text that was drawn since the last time."""
        upto = max(self._taken, len(self._drafted) - self._held_back)
        text, self._taken = self._drafted[self._taken : upto], upto
        return text

    def rest(self, answer: str) -> str:
        """Return what of the answer has not been taken."""
        return answer[self._taken :]


class ChatStream(Response):
    """Sends progress as comments while a search goes on, and its answer as OpenAI's chunks.

    The status line waits for the search's first sign of life, so a search that fails at once
    fails with a proper status; one that fails later says so in its last event.
    """

    media_type = "text/event-stream"

    def __init__(self, request: ChatRequest, search: Searcher) -> None:
        super().__init__(headers={"cache-control": "no-cache", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._request, self._search = request, search
        self._head = Head(request.model)
        self._started = False

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._send = send
        try:
            await until_hangup(receive, self._relay())
        except ClientGone:
            return
        except tuple(STATUS) as error:
            if not self._started:
                raise
            await self._event(error_body(error)[1])
        await self._write(b"data: [DONE]\n\n")
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _relay(self) -> None:
        feed = Feed(tuple(self._request.stop))
        found: list[Completion] = []

        async def search() -> None:
            try:
                found.append(await self._search(feed.hear))
            finally:
                feed.end()

        await collect([search(), self._follow(feed)])
        await self._finish(feed, found[0])

    async def _follow(self, feed: Feed) -> None:
        """Send what the feed has, at least a comment a second, until the search is over."""
        while not feed.ended:
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await feed.wake.wait()
            except TimeoutError:
                pass
            feed.wake.clear()
            if feed.ended:
                return
            await self._begin()
            if text := feed.take():
                await self._event(self._head.chunk(0, {"content": text}))
            else:
                await self._write(f": {feed.line}\n\n".encode())

    async def _finish(self, feed: Feed, completion: Completion) -> None:
        await self._begin()
        for i, candidate in enumerate(completion.chosen):
            if i:
                await self._event(self._head.chunk(i, {"role": "assistant", "content": ""}))
            words = completion.said(candidate).content
            for text in pieces(words if i else feed.rest(words)):
                await self._event(self._head.chunk(i, {"content": text}))
            for delta in call_deltas(completion.calls(i, candidate)):
                await self._event(self._head.chunk(i, delta))
            last = self._head.chunk(i, {}, completion.finish_reason(candidate))
            # The report rides on a chunk that has a choice: many clients read `choices[0]` of all.
            await self._event(last if i else last | {"search": completion.search()})
        if self._request.stream_options.include_usage:
            await self._event(self._head.usage(completion.usage()))

    async def _begin(self) -> None:
        if not self._started:
            first = {"role": "assistant", "content": "", "refusal": None}
            await self._event(self._head.chunk(0, first))

    async def _event(self, data: dict[str, Any]) -> None:
        await self._write(b"data: %b\n\n" % orjson.dumps(data))

    async def _write(self, data: bytes) -> None:
        if not self._started:
            self._started = True
            start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
            await self._send(start)
        await self._send({"type": "http.response.body", "body": data, "more_body": True})
