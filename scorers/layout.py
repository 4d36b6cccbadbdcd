"""How a process reward model reads a solution: as one text with a separator after each step.

Knows nothing of servers. Its one promise is that rewards find their steps again.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import ClassVar, TypeVar

from pydantic import ConfigDict

from engines.conversation import Conversation
from engines.tool_prompt import in_words
from scorers.base import Candidate

R = TypeVar("R")
_NUMBERED = re.compile(r"step\s+\d+\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Written:
    """A text to be scored, and where its rewards belong.

    Attributes:
        prefix: what comes before the steps.
        pieces: (P,) what the model rates one by one, without the separator behind each.
        text: all of it, as the model reads it.
        before: separators in front of the first step; the model rates each of them too.
        counts: (S,) how many of the pieces are each step's; one without text has none.
    """

    prefix: str
    pieces: tuple[str, ...]
    text: str
    before: int
    counts: tuple[int, ...]

    @property
    def key(self) -> tuple[str, tuple[str, ...]]:
        """What it has in common with no other: the same text can be in other pieces."""
        return self.prefix, self.pieces

    @property
    def tags(self) -> int:
        """Separators in the text, R: as many rows are to come back."""
        return self.before + len(self.pieces)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to judge."""
        return not any(piece.strip() for piece in self.pieces)

    def own(self, rows: Sequence[R]) -> list[R] | None:
        """Return the (P,) rows of the pieces out of (R,), `None` if they cannot be told."""
        return list(rows[self.before :]) if len(rows) == self.tags else None

    def by_step(self, rated: Sequence[float]) -> tuple[tuple[float, ...], ...]:
        """Give (S,) steps their rewards out of (P,), one for each piece.

        A step without text has the rewards of the step before it, for it changed nothing.
        """
        return by_step(rated, self.counts)


def by_step(rated: Sequence[R], counts: Sequence[int]) -> tuple[tuple[R, ...], ...]:
    """Give (S,) steps their own of (P,) rewards, of which `counts` says how many are each's.

    A step that has none has those of the step before it, for it changed nothing.
    """
    rest = iter(rated)
    own = [tuple(islice(rest, count)) for count in counts if count]
    spoken = accumulate(count > 0 for count in counts)
    return tuple(own[max(0, place - 1)] for place in spoken)


@dataclass(frozen=True, slots=True)
class Layout:
    """How to write for one model.

    Attributes:
        separator: what ends every step; the model rates its token.
        prefix: what comes before the steps; `{question}` and `{separator}` are filled in.
        split: where a step is two steps to the model; `None` for nowhere.
        space: stands between a step and its separator.
        gap: stands between a separator and the next step.
        numbered: every step begins with its number, "Step 1: ".
        blank: a step may be empty, and is rated too.
        apart: steps are tokenized one by one, and so go to the server as ids: no token is half of
            a step and half of a separator.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    separator: str
    prefix: str
    split: str | None = None
    space: str = ""
    gap: str = ""
    numbered: bool = False
    blank: bool = False
    apart: bool = False

    def write(self, candidate: Candidate) -> Written:
        """Write a candidate.

        Separators inside the question or a step become spaces, unless places in ids tell them
        from those that end a step.
        """
        prefix = self.prefix.replace("{separator}", self.separator)
        before = prefix.count(self.separator)
        question = self._clean(question_of(candidate.prompt.conversation))
        prefix = prefix.replace("{question}", question)
        told = [self._pieces(step.text) for step in candidate.steps]
        pieces = [piece for step in told for piece in step]
        if self.numbered:
            pieces = [_numbered(piece, number) for number, piece in enumerate(pieces, 1)]
        text = self.text(prefix, pieces)
        return Written(prefix, tuple(pieces), text, before, tuple(map(len, told)))

    def text(self, prefix: str, pieces: Sequence[str]) -> str:
        """Return what the model reads: the prefix, and the pieces with a separator behind each."""
        return prefix + self.gap.join(piece + self.space + self.separator for piece in pieces)

    def _pieces(self, text: str) -> list[str]:
        """Return what the model takes for steps in one step's text."""
        parts = [text] if self.split is None else text.split(self.split)
        if self.blank:
            # The last separator ends its piece: nothing is behind it.
            return parts if parts[-1] else parts[:-1]
        return [piece for part in parts if (piece := self._clean(part))]

    def _clean(self, text: str) -> str:
        if self.apart:
            return text.strip()
        # Tokenizers may join a separator with a space beside it into another token.
        pieces = (piece.strip() for piece in text.split(self.separator))
        return " ".join(piece for piece in pieces if piece)


LINES = Layout("\n", "{question}{separator}")
"""The question, then the steps, each on a line of its own."""


def question_of(conversation: Conversation) -> str:
    """Return the user's words, or if there are several turns, all of them with their roles.

    System messages are left out: they say how to answer, and such models are trained without.
    """
    spoken = in_words(conversation).messages
    turns = [message for message in spoken if message.role != "system"]
    if len(turns) == 1:
        return turns[0].content
    return "\n".join(f"{turn.role}: {turn.content}" for turn in turns)


def _numbered(piece: str, number: int) -> str:
    return piece if _NUMBERED.match(piece) else f"Step {number}: {piece}"
