"""One place in the tree of a search."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from pydantic import JsonValue

from scorers.base import Ending

State: TypeAlias = Literal["open", "finished", "pruned", "chosen", "malformed"]
"""Can go on; has ended; is not gone on with; is of the answer's path; ended, but not as it was to.

What was pruned may be taken up again, and is open then.
"""
Kind: TypeAlias = Literal["root", "step", "reply", "written", "idea"]
"""The question; drawn behind its parent; drawn from a prompt of the search's own; written by the
search itself; observations that were put together for such a prompt."""

LONGEST_TEXT = 1_000
"""Characters of a step that are told."""
LONGEST_ASKED = 300
"""Characters of what was asked that are told."""
LONGEST_ANSWER = 100
"""Characters of a final answer that are told."""


@dataclass(slots=True, eq=False)
class Node:
    """A step, where it hangs in the tree, and what is known of it so far.

    Attributes:
        text: of this step alone, whole.
        asked: the last turn of the prompt it was drawn from, if that is the search's own.
        sources: whose texts that prompt shows, if they are not one path of the tree.
        reward: of this step, in [0, 1]; of a whole solution by a scorer of such, its score.
        score: of the solution that ends here, in [0, 1].
        preference: mean of P(it is better) over its comparisons.
        answer: the final answer, as votes count it, which `votes` solutions came to.
    """

    id: int
    parent: "Node | None"
    kind: Kind
    text: str
    round: int
    tokens: int = 0
    state: State = "open"
    finish: Ending | None = None
    asked: str | None = None
    sources: tuple[int, ...] = ()
    reward: float | None = None
    score: float | None = None
    preference: float | None = None
    answer: str | None = None
    votes: int | None = None
    children: "list[Node]" = field(default_factory=list)

    @property
    def path(self) -> "list[Node]":
        """The nodes from the root to here."""
        node, found = self, [self]
        while node.parent is not None:
            node = node.parent
            found.append(node)
        return found[::-1]

    @property
    def standing(self) -> dict[str, JsonValue]:
        """What may change of it, as JSON; what is not known is left out."""
        told: dict[str, JsonValue] = {
            "finish": self.finish,
            "reward": self.reward,
            "score": self.score,
            "preference": self.preference,
            "answer": self.answer and self.answer[:LONGEST_ANSWER],
            "votes": self.votes,
        }
        known = {name: value for name, value in told.items() if value is not None}
        return {"id": self.id, "state": self.state, **known}

    @property
    def told(self) -> dict[str, JsonValue]:
        """All of it as JSON, texts cut to what people look at."""
        told: dict[str, JsonValue] = self.standing | {
            "parent": None if self.parent is None else self.parent.id,
            "kind": self.kind,
            "text": self.text[:LONGEST_TEXT],
            "round": self.round,
            "tokens": self.tokens,
        }
        if len(self.text) > LONGEST_TEXT:
            told["cut"] = True
        if self.asked is not None:
            told["asked"] = self.asked[:LONGEST_ASKED]
        if self.sources:
            told["sources"] = list(self.sources)
        return told
