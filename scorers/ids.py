"""A written solution as ids, each step tokenized by itself, and the rows that are its steps'.

Where a text is tokenized as a whole, a tokenizer may join a separator with what is beside it, and
the model has then no row for that step.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from engines.tasks import collect
from scorers.base import ScorerUnavailable
from scorers.layout import Layout, Written

R = TypeVar("R")
Tokenize: TypeAlias = Callable[[str, bool], Awaitable[tuple[int, ...]]]
"""Gives a text's tokens; if told so, with those that the model has before every text."""

Part: TypeAlias = tuple[str, bool]
"""A text that is tokenized by itself; whether the model's tokens before every text are wanted."""

_REMEMBERED = 32_768
"""Pieces whose tokens are kept: some tens of MB."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """The tokens of a written solution.

    Attributes:
        ids: (T,) all of them.
        ends: (P,) the places of the separators that end its pieces.
        tag: the token that a server of STEP pooling rates.
        begins: the place where the first piece begins.
    """

    ids: tuple[int, ...]
    ends: tuple[int, ...]
    tag: int
    begins: int

    @property
    def tags(self) -> int:
        """How many tokens are rated by a server of STEP pooling: those in the question, too."""
        return self.ids.count(self.tag)

    def own(self, rows: Sequence[R]) -> list[R] | None:
        """Return the (P,) rows of the pieces, `None` if they cannot be told.

        A row may be there for each token, or for each that is the tag.
        """
        if len(rows) == len(self.ids):
            return [rows[end] for end in self.ends]
        tagged = [place for place, token in enumerate(self.ids) if token == self.tag]
        if len(rows) != len(tagged):
            return None
        ends = set(self.ends)
        return [row for place, row in zip(tagged, rows, strict=True) if place in ends]


def parts(separator: str, written: Sequence[Written]) -> list[Part]:
    """Return what is tokenized of (N,) solutions, each text once."""
    found: dict[Part, None] = {(separator, False): None}
    found |= {(w.prefix, True): None for w in written}
    found |= {(piece, False): None for w in written for piece in w.pieces if piece}
    return list(found)


def joined(separator: str, written: Written, known: Mapping[Part, tuple[int, ...]]) -> Encoded:
    """Put a solution's tokens together from those of its `parts`.

    Raises:
        ScorerUnavailable: the separator has none.
    """
    end = known[separator, False]
    if not end:
        raise ScorerUnavailable(f"the separator {separator!r} has no token")
    before = known[written.prefix, True]
    ids, ends = list(before), []
    for piece in written.pieces:
        ids += [*(known[piece, False] if piece else ()), *end]
        ends.append(len(ids) - 1)
    return Encoded(tuple(ids), tuple(ends), end[-1], len(before))


class Encoder:
    """Tokenizes pieces with `tokenize`, each of them once."""

    def __init__(self, layout: Layout, tokenize: Tokenize) -> None:
        self._separator, self._tokenize = layout.separator, tokenize
        self._known: OrderedDict[Part, tuple[int, ...]] = OrderedDict()

    @property
    def tag(self) -> int | None:
        """The token of the separator that is rated, once it is known."""
        return next(iter(self._known.get((self._separator, False), ())[-1:]), None)

    async def encode(self, written: Sequence[Written]) -> list[Encoded]:
        """Return the tokens of (N,) solutions.

        Raises:
            ScorerError: they could not be had, or the separator has none.
        """
        texts = parts(self._separator, written)
        fresh = [text for text in texts if text not in self._known]
        ids = await collect(self._ids(*text) for text in fresh)
        known = {text: self._known[text] for text in texts if text in self._known}
        known |= zip(fresh, ids, strict=True)
        encoded = [joined(self._separator, w, known) for w in written]
        self._remember(known)
        return encoded

    async def _ids(self, text: str, special: bool) -> tuple[int, ...]:
        return await self._tokenize(text, special)

    def _remember(self, known: dict[Part, tuple[int, ...]]) -> None:
        for text, ids in known.items():
            self._known[text] = ids
            self._known.move_to_end(text)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
