"""What of a search is still to be sent to whoever follows it: it does not grow if they are slow."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.completion import call_deltas, pieces
from app.progress import Progress
from app.tree_events import TreeNews
from engines.thinking import Parting
from search.events import Drafted, Event, Rendered


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
