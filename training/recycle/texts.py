"""A text as a student reads it: its tokens, after what stands before it and alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from training.recycle.scores import Missing, loss

Ids: TypeAlias = tuple[int, ...]
"""Tokens."""

_LEAST = 2
"""Tokens of a text by itself that has a loss: nothing is before the first."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text.

    Attributes:
        before: the tokens that stand before it, at least one; or why there are none.
        own: its tokens.
        begun: those that begin every text of the model, if there are any.
        longest: the most tokens that are read at once. What is beyond is cut off the end, as much
            of the text alone as after `before`.
    """

    before: Ids | Missing
    own: Ids
    begun: Ids
    longest: int

    @property
    def kept(self) -> Ids:
        """The tokens that its losses are of, but for the first one alone if nothing is before."""
        before = () if isinstance(self.before, str) else self.before
        return self.own[: max(0, self.longest - max(len(before), len(self.begun)))]

    @property
    def cut(self) -> bool:
        """Whether there are more."""
        return len(self.kept) < len(self.own)

    def lacking(self, short: Missing) -> Missing | None:
        """Return why it has no losses, if it has none; `short` if it is for want of tokens."""
        if not self.own or len(self.begun) + len(self.own) < _LEAST:
            return short
        if isinstance(self.before, str):
            return self.before
        enough = self.kept and len(self.begun) + len(self.kept) >= _LEAST
        return None if enough else "too_long"

    @property
    def both(self) -> tuple[Ids, Ids]:
        """What is read: the text after what stands before it, and by itself."""
        assert not isinstance(self.before, str)
        return (*self.before, *self.kept), (*self.begun, *self.kept)

    def losses(self, both: Sequence[Sequence[float]]) -> tuple[float, float]:
        """Return its two losses, given log P of all tokens of `both` but their first."""
        n = len(self.kept)
        after, alone = (loss(logprobs[-n:]) for logprobs in both)
        return after, alone
