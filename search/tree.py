"""The tree of a search that goes step by step: what was drawn where, and what it led to.

Knows how to choose among children and to keep count, not how steps are drawn or judged.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import exp, inf, log, sqrt

from scorers.base import Candidate

_PUCT_BASE, _PUCT_INIT = 19652, 1.25
"""Constants of AlphaZero's exploration rate, Silver et al. 2018, pseudocode of the supplement."""


@dataclass(slots=True, eq=False)
class Node:
    """A candidate at its place in the tree.

    Attributes:
        prior: how likely its step was among its siblings', in [0, 1].
        value: what is known of it by itself, in [0, 1]; of an end, what is backed up.
        ends: where the paths that were followed to the end through here ended, one each.
        walking: paths through here that have not come to their end: each counts as a visit that
            was worth nothing, so that paths walked together spread out (virtual loss).
        closed: nothing could be drawn from here.
    """

    candidate: Candidate
    prior: float = 1.0
    value: float = 0.0
    parent: "Node | None" = None
    depth: int = 0
    children: list["Node"] = field(default_factory=list)
    ends: list["Node"] = field(default_factory=list)
    walking: int = 0
    closed: bool = False

    @property
    def ended(self) -> bool:
        """Whether a path ends here."""
        return self.candidate.finished or self.closed

    @property
    def visits(self) -> int:
        """Paths through here, those under way included."""
        return len(self.ends) + self.walking

    @property
    def q(self) -> float:
        """The mean of what paths through here were worth; its own value before the first."""
        return sum(end.value for end in self.ends) / self.visits if self.visits else self.value

    def grow(self, drawn: Sequence[Candidate]) -> None:
        """Take continuations for children. Equal ones that can go on are one, their priors added.

        Equal ends stay apart: each has its vote.
        """
        known: dict[str, Node] = {}
        for candidate, prior in zip(drawn, priors(drawn), strict=True):
            if not candidate.finished and candidate.text in known:
                known[candidate.text].prior += prior
                continue
            child = Node(candidate, prior, self.value, self, self.depth + 1)
            known.setdefault(candidate.text, child)
            self.children.append(child)
        self.closed = not self.children

    def below(self) -> Iterator["Node"]:
        """Give all that grew from here, parents before their children."""
        for child in self.children:
            yield child
            yield from child.below()


def priors(drawn: Sequence[Candidate]) -> list[float]:
    """Return the (N,) shares of the last steps' probabilities: geometric means over their tokens.

    Equal shares where the log-probabilities of any are not known.
    """
    logprobs = [candidate.steps[-1].logprobs if candidate.steps else None for candidate in drawn]
    known = [exp(sum(tokens) / len(tokens)) for tokens in logprobs if tokens]
    if len(known) < len(drawn) or not sum(known):
        return [1 / len(drawn) for _ in drawn]
    return [probability / sum(known) for probability in known]


def descend(node: Node, urgency: Callable[[Node], float]) -> Node:
    """Walk to a leaf by the most urgent child, the first among equals, and mark the path."""
    while node.children:
        node = max(node.children, key=urgency)
        node.walking += 1
    return node


def back_up(end: Node) -> None:
    """Count a path that came to its end, here and in all it came through."""
    node: Node | None = end
    while node is not None and node.parent is not None:
        node.ends.append(end)
        node.walking -= 1
        node = node.parent


def puct(q: float, prior: float, parent_visits: int, visits: int) -> float:
    """Return AlphaZero's upper confidence bound, whose exploration rate grows with the visits."""
    rate = log((parent_visits + _PUCT_BASE + 1) / _PUCT_BASE) + _PUCT_INIT
    return q + prior * sqrt(parent_visits) / (1 + visits) * rate


def uct(q: float, parent_visits: int, visits: int, c: float) -> float:
    """Return Kocsis and Szepesvari's upper confidence bound; what was not visited comes first."""
    return q + c * sqrt(log(parent_visits) / visits) if visits else inf


def siblings_visits(node: Node) -> int:
    """Return the visits of a node and its siblings: those of their parent that went on."""
    return sum(child.visits for child in node.parent.children) if node.parent else node.visits
