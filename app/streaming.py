"""Searches that end when the client does, and answers that come as they are found.

A search is a child task of the response that waits for it, so it cannot outlive the connection.
We do not stream from an async generator: one cancelled between two `yield`s stays suspended, and
its search with it, until the garbage collector comes by (PEP 789). Nor do we leave hang-ups to
Starlette: since ASGI 2.4 it notices them only when it next sends.
"""

import asyncio
import time
from abc import abstractmethod
from collections.abc import Coroutine, Iterable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

import orjson
from pydantic import JsonValue
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from app.answering import Answering, Asked
from app.completion import Completion
from app.errors import STATUS
from app.feed import Feed
from app.idempotency.recording import FAILED
from app.progress import Progress
from app.tree_events import TreeNews
from engines.tasks import collect
from search.events import Event

T = TypeVar("T")

HEARTBEAT_SECONDS = 1.0
STATUS_SECONDS = 0.04
"""How long the status line waits for a search to fail at once, or to give a sign of life."""


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


class SearchStream(Response):
    """Sends what becomes of a search while it goes on; how that is put is its kinds' to say.

    The status line waits for the search's first sign of life, but not for long, so a search that
    fails at once fails with a proper status; one that fails later says so in its last event. A
    client that reads nothing for `reader_seconds` is taken for one that hung up.
    """

    media_type = "text/event-stream"

    def __init__(self, asked: Asked, answering: Answering) -> None:
        super().__init__(headers={"cache-control": "no-cache", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._asked, self._answering = asked, answering
        self._request, self._limits, self._started = asked.request, asked.plan.limits, False
        self._reader_seconds = answering.service.settings.reader_seconds

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._send, self._began = send, time.perf_counter()
        with suppress(ClientGone):
            try:
                await until_hangup(receive, self._relay())
            except tuple(STATUS) as error:
                if not self._started:
                    raise
                scope[FAILED] = True
                await self._write(self._failed(error))
            await self._write(self._last())
            await self._deliver(b"", more=False)

    @abstractmethod
    def _first(self) -> Iterable[bytes]:
        """Give what comes before all else."""

    @abstractmethod
    def _piece(self, piece: Mapping[str, str]) -> Iterable[bytes]:
        """Give a piece of the answer, as it is drawn."""

    @abstractmethod
    def _news(self, told: dict[str, JsonValue]) -> bytes:
        """Give how the search stands, where that was asked for."""

    @abstractmethod
    async def _found(self, feed: Feed, completion: Completion) -> Iterable[bytes]:
        """Give what of the answer has not been sent, and what goes with it."""

    @abstractmethod
    def _failed(self, error: Exception) -> Iterable[bytes]:
        """Give what is said of a search that failed."""

    @abstractmethod
    def _last(self) -> Iterable[bytes]:
        """Give what comes after all else."""

    def _hear(self, event: Event, feed: Feed) -> None:
        """Take note of an event."""
        feed.hear(event)

    def _beside(self) -> Iterable[bytes]:
        """Give what there is to tell besides the answer and how the search stands."""
        return ()

    async def _relay(self) -> None:
        tree = TreeNews() if self._request.search.events == "tree" else None
        feed = Feed(tuple(self._request.stop), shown=self._request.shows_reasoning, tree=tree)
        found: list[Completion] = []

        def hear(event: Event) -> None:
            self._hear(event, feed)

        async def search() -> None:
            try:
                found.append(await self._answering.answer(self._asked, hear))
            finally:
                feed.end()

        await collect([search(), self._follow(feed)])
        await self._begin()
        if tree:
            await self._write(map(self._news, tree.last(found[0].outcome.ranked)))
        await self._write(await self._found(feed, found[0]))

    async def _follow(self, feed: Feed) -> None:
        """Send what the feed has, at least a comment a second, until the search is over."""
        while not feed.ended:
            news = await self._wait(feed)
            if feed.ended:
                return
            await self._begin()
            await self._write(self._beside())
            drawn = list(feed.take())
            for piece in drawn:
                await self._write(self._piece(piece))
            if not drawn:
                await self._tell(feed.progress, news=news)
            if feed.tree:
                await self._write(map(self._news, feed.tree.take()))

    async def _wait(self, feed: Feed) -> bool:
        """Wait for news, but not for long; say whether there are any."""
        with suppress(TimeoutError):
            async with asyncio.timeout(HEARTBEAT_SECONDS if self._started else STATUS_SECONDS):
                await feed.wake.wait()
        news = feed.wake.is_set()
        feed.wake.clear()
        return news

    async def _tell(self, progress: Progress, *, news: bool) -> None:
        """Send how the search stands: a comment, or an event if these were asked for."""
        if not (news and self._request.search.events):
            await self._write([f": {progress.line}\n\n".encode()])
            return
        told = progress.told(self._limits, time.perf_counter() - self._began)
        await self._write([self._news(told)])

    async def _begin(self) -> None:
        if not self._started:
            self._started = True
            start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
            await self._send(start)
            await self._write(self._first())

    async def _write(self, blocks: Iterable[bytes]) -> None:
        for block in blocks:
            await self._deliver(block, more=True)

    async def _deliver(self, data: bytes, *, more: bool) -> None:
        try:
            async with asyncio.timeout(self._reader_seconds):
                await self._send({"type": "http.response.body", "body": data, "more_body": more})
        except TimeoutError:
            raise ClientGone from None


def named(event: str, value: Mapping[str, Any]) -> bytes:
    """Return an event of a stream that has a name."""
    return b"event: %b\ndata: %b\n\n" % (event.encode(), orjson.dumps(value))
