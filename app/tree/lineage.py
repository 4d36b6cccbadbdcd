"""What prompts of a search's own rest on: found by the texts they quote.

A strategy that shows the model its earlier words puts them into a prompt: as turns of the
assistant, between marks, or as a numbered list. No event says whose words they are, but the words
do.
"""

import re
from collections.abc import Iterator, Sequence

from app.tree.node import Node
from engines.conversation import Message
from search.ideas import read_list

_MARK = re.compile(r"<(/?)(\w+)>")
_NUMBERED = re.compile(r"^\d+\. (.+)$", re.MULTILINE)
_LONGEST_LIST = 100
"""Items of a list that can be found again."""


class Lineage:
    """Knows who said what, to find it quoted."""

    def __init__(self) -> None:
        self._said: dict[str, list[Node]] = {}
        self._listed: dict[str, Node] = {}

    def say(self, node: Node, answer: str) -> None:
        """Take note of the answer that ends at a node, and of the items if it is a list."""
        text = answer.strip()
        nodes = self._said.setdefault(text, [])
        if text and node not in nodes:
            nodes.append(node)
            # Only what the search asked for itself is shown again as a list.
            items = read_list(text, _LONGEST_LIST) if node.kind == "reply" else None
            for item in items or ():
                self._listed.setdefault(item, node)

    def said(self, text: str) -> Sequence[Node]:
        """Return those whose answer is this."""
        return self._said.get(text.strip(), ())

    def given(self, turns: Sequence[Message]) -> tuple[tuple[str, ...], Node] | None:
        """Return the items that the last turn gives as a numbered list, and who had listed them."""
        items = tuple(_NUMBERED.findall(turns[-1].content))
        known = [self._listed.get(item) for item in items]
        return (items, known[0]) if known and known[0] and None not in known else None

    def sources(self, turns: Sequence[Message]) -> tuple[Node | None, tuple[Node, ...]]:
        """Return what turns continue, if what they show is one path; and all that they show."""
        said = (turn.content for turn in turns if turn.role == "assistant")
        texts = (*said, *quoted(turns[-1].content))
        shown = [nodes for text in texts if (nodes := self.said(text))]
        for node in reversed(shown[-1]) if shown else ():
            path = set(node.path)
            if all(path.intersection(nodes) for nodes in shown):
                return node, (node,)
        return None, tuple(dict.fromkeys(nodes[0] for nodes in shown))


def quoted(text: str) -> Iterator[str]:
    """Give what stands between marks, each on a line of its own: `<plan>` and `</plan>`."""
    lines, opened = text.split("\n"), dict[str, int]()
    for i, line in enumerate(lines):
        if mark := _MARK.fullmatch(line):
            ends, name = mark.groups()
            if not ends:
                opened.setdefault(name, i + 1)
            elif name in opened:
                yield "\n".join(lines[opened.pop(name) : i])
