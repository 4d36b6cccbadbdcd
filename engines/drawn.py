"""Tokens as they were drawn, for whoever is to see how likely each of them was. No I/O."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_HALF = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class Token:
    """A token with its log-probability.

    `raw` are the bytes of its text; `None` if the server does not tell, and the text alone does
    not: a token can be half of a character.
    """

    text: str
    logprob: float
    raw: tuple[int, ...] | None = None

    @classmethod
    def of(cls, text: str, logprob: float) -> "Token":
        """Return a token of a server that gives no bytes."""
        return cls(text, logprob, None if _HALF in text else tuple(text.encode(errors="replace")))

    @property
    def bytes(self) -> bytes:
        """What it adds to a text."""
        return self.text.encode(errors="replace") if self.raw is None else bytes(self.raw)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A token that was drawn, and the likeliest in its place, the likeliest of them first."""

    token: Token
    top: tuple[Token, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text that is whole characters, and the tokens that it came as."""

    text: str
    tokens: tuple[Drawn, ...]


def within(text: str, tokens: Sequence[Drawn], since: int, until: int) -> tuple[Drawn, ...] | None:
    """Return the tokens of the characters from `since` to `until` of the text they were drawn as.

    Tokens that have no text there are left out: marks that end a turn, what is behind a stop
    string. A token of which only a part is there counts. `None` if the tokens do not make up the
    text.
    """
    part = text[since:until].encode()
    if not part:
        return ()
    whole = b"".join(drawn.token.bytes for drawn in tokens)
    begin = len(text[:since].encode())
    if whole[begin : begin + len(part)] != part:
        # A server can have taken marks or white space out of the text in front of it.
        begin = whole.rfind(part)
    return None if begin < 0 else tuple(_between(tokens, begin, begin + len(part)))


def _between(tokens: Sequence[Drawn], begin: int, end: int) -> Iterator[Drawn]:
    place = 0
    for drawn in tokens:
        after = place + len(drawn.token.bytes)
        if place < end and after > begin:
            yield drawn
        place = after


def pieces_of(text: str, tokens: Sequence[Drawn]) -> Iterator[Piece]:
    """Cut a text into the tokens that `within` found for it, several where they share a character.

    The first and the last token can begin before the text, and end behind it.
    """
    whole = b"".join(drawn.token.bytes for drawn in tokens)
    place = -max(0, whole.find(text.encode()))
    waiting: list[Drawn] = []
    told, pending, raw = 0, b"", text.encode()
    for drawn in tokens:
        after = place + len(drawn.token.bytes)
        pending += raw[max(0, place) : max(0, after)]
        place, waiting = after, [*waiting, drawn]
        if said := _whole(pending):
            yield Piece(said, tuple(waiting))
            told, waiting, pending = told + len(said), [], b""
    if waiting or told < len(text):
        yield Piece(text[told:], tuple(waiting))


def _whole(raw: bytes) -> str | None:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None
