"""Searches that end when the client does, and answers that come as they are found.

A search is a child task of the response that waits for it, so it cannot outlive the connection.
We do not stream from an async generator: one cancelled between two `yield`s stays suspended, and
its search with it, until the garbage collector comes by (PEP 789). Nor do we leave hang-ups to
Starlette: since ASGI 2.4 it notices them only when it next sends.
"""

import asyncio
import time
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from app.answering import Answering, Asked
from app.completion import Completion, call_deltas, pieces
from app.errors import STATUS, error_body
from app.progress import EVENT, Progress
from app.tree_events import EVENT as TREE_EVENT
from app.tree_events import TreeNews
from engines.tasks import collect
from engines.thinking import Parting
from search.events import Drafted, Event, Rendered

T = TypeVar("T")

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

    Neither grows with a reader who is slow: progress is one line, text is at most the answer, and
    the thinking before it if it is to be `shown`. Nor does the `tree`, where that is to be told.
    """

    def __init__(
        self, stops: tuple[str, ...], *, shown: bool = False, tree: TreeNews | None = None
    ) -> None:
        # A stop string is not part of the answer: its length is held back until the end is known.
        self._held_back = max(map(len, stops), default=0)
        self.progress, self._shown, self.tree = Progress(), shown, tree
        self._parting, self._drawn = Parting(None), ""
        self._thought, self._answer = Told(), Told()
        self.wake = asyncio.Event()
        self.ended = False

    def hear(self, event: Event) -> None:
        """Take note of an event of the search."""
        if isinstance(event, Drafted):
            self._draw(event.delta.text)
            return
        if isinstance(event, Rendered):
            self._parting = Parting(event.prompt.thinking)
        self.progress.hear(event)
        if self.tree:
            self.tree.hear(event)
        self.wake.set()

    def end(self) -> None:
        """Say that the search is over."""
        self.ended = True
        self.wake.set()

    def take(self) -> Iterator[dict[str, str]]:
        """Give what was drawn since the last time, as pieces of a message."""
        yield from _pieces(self._thought.take(), self._answer.take())

    def rest(self, message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Give what of a message has not been taken, as pieces: thinking, words, and calls."""
        for text in pieces(self._thought.rest(message.get("reasoning") or "")):
            yield {"reasoning": text}
        for text in pieces(self._answer.rest(message["content"] or "")):
            yield {"content": text}
        yield from call_deltas(message.get("tool_calls", ()))

    def _draw(self, text: str) -> None:
        self._drawn += text
        known = max(0, len(self._drawn) - self._held_back)
        thought, answer = self._parting.take(self._drawn[:known])
        self._drawn = self._drawn[known:]
        self._thought.waiting += thought if self._shown else ""
        self._answer.waiting += answer
        if self._thought.waiting or self._answer.waiting:
            self.wake.set()


@dataclass(slots=True)
class Told:
    """One part of a message: what of it was sent, and what is waiting to be."""

    sent: str = ""
    waiting: str = ""

    def take(self) -> str:
        """Return what was waiting, now that it is sent."""
        text, self.waiting = self.waiting, ""
        self.sent += text
        return text

    def rest(self, whole: str) -> str:
        """Return what of the whole has not been sent."""
        # A turn can turn out to have been thinking unseen: then its answer follows what was sent.
        return whole.removeprefix(self.sent)


def _pieces(thought: str, answer: str) -> Iterator[dict[str, str]]:
    """Give the parts that there are, the thinking first."""
    if thought:
        yield {"reasoning": thought}
    if answer:
        yield {"content": answer}


class ChatStream(Response):
    """Sends progress as comments while a search goes on, and its answer as OpenAI's chunks.

    The status line waits for the search's first sign of life, so a search that fails at once
    fails with a proper status; one that fails later says so in its last event.
    """

    media_type = "text/event-stream"

    def __init__(self, asked: Asked, answering: Answering) -> None:
        super().__init__(headers={"cache-control": "no-cache", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._asked, self._answering = asked, answering
        self._head, self._request = asked.head, asked.request
        self._limits, self._started = asked.plan.limits, False

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._send, self._began = send, time.perf_counter()
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
        tree = TreeNews() if self._request.search.events == "tree" else None
        feed = Feed(tuple(self._request.stop), shown=self._request.shows_reasoning, tree=tree)
        found: list[Completion] = []

        async def search() -> None:
            try:
                found.append(await self._answering.answer(self._asked, feed.hear))
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
            news = feed.wake.is_set()
            feed.wake.clear()
            if feed.ended:
                return
            await self._begin()
            drawn = list(feed.take())
            for piece in drawn:
                await self._event(self._head.chunk(0, piece))
            if not drawn:
                await self._tell(feed.progress, news=news)
            await self._grown(feed.tree.take() if feed.tree else ())

    async def _tell(self, progress: Progress, *, news: bool) -> None:
        """Send how the search stands: a comment, or an event if these were asked for."""
        if not (news and self._request.search.events):
            await self._write(f": {progress.line}\n\n".encode())
            return
        told = progress.told(self._limits, time.perf_counter() - self._began)
        await self._news(EVENT, told)

    async def _grown(self, news: Iterable[Mapping[str, Any]]) -> None:
        for told in news:
            await self._news(TREE_EVENT, told)

    async def _news(self, name: str, told: Mapping[str, Any]) -> None:
        await self._write(b"event: %b\ndata: %b\n\n" % (name.encode(), orjson.dumps(told)))

    async def _finish(self, feed: Feed, completion: Completion) -> None:
        await self._begin()
        await self._grown(feed.tree.last(completion.outcome.ranked) if feed.tree else ())
        for i, candidate in enumerate(completion.chosen):
            if i:
                await self._event(self._head.chunk(i, {"role": "assistant", "content": ""}))
            # Only the first choice may have been shown in part.
            for delta in (Feed(()) if i else feed).rest(completion.message(i, candidate)):
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
