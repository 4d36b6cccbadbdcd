"""The tree of a search on the wire: as it grows, and of a search that has ended."""

from collections.abc import Iterable, Iterator, Sequence

from pydantic import JsonValue

from app.tree import Growth
from scorers.base import Candidate
from search.events import Event

EVENT = "search.tree"
"""The name of the event."""
_MOST_TOLD = 200
"""Nodes that one event tells of."""


class TreeNews:
    """What is still to be told of a growing tree.

    A reader who is slow gets less often what is then more: a node is told as it is when its turn
    comes, however often it changed before. Its text is told once.
    """

    def __init__(self) -> None:
        self._growth = Growth()
        self._told: set[int] = set()

    def hear(self, event: Event) -> None:
        """Take note of an event of the search."""
        self._growth.hear(event)

    def take(self) -> Iterator[dict[str, JsonValue]]:
        """Give what is new or has changed since the last time, as events."""
        while self._growth.changed:
            ids = list(self._growth.changed)[:_MOST_TOLD]
            nodes = [self._growth.changed.pop(i) for i in ids]
            yield self._event([n.standing if n.id in self._told else n.told for n in nodes])
            self._told.update(ids)

    def last(self, ranked: Sequence[Candidate]) -> Iterator[dict[str, JsonValue]]:
        """Give what is left of a search that ended with these solutions, the answer first."""
        self._growth.end(ranked)
        yield from self.take()
        yield self._event([]) | {"ended": True}

    def _event(self, nodes: list[dict[str, JsonValue]]) -> dict[str, JsonValue]:
        told: list[JsonValue] = [*nodes]
        return {"type": EVENT, "nodes": told, "left_out": self._growth.left_out, "ended": False}


def tree_of(trace: Iterable[Event], ranked: Sequence[Candidate]) -> dict[str, JsonValue]:
    """Return the tree of a search that has ended, parents before their children."""
    growth = Growth()
    for event in trace:
        growth.hear(event)
    growth.end(ranked)
    return {"nodes": [node.told for node in growth.nodes], "left_out": growth.left_out}
