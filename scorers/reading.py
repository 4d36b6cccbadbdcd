"""What a head reads of a candidate: tokens, and the places behind which it judges.

Two ways: the model's own turn of chat, token by token, or a text written by a `Layout`. Knows no
head, and no rewards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from engines.base import Engine, Prompt
from engines.states import ShowsStates
from engines.tasks import collect
from scorers.base import Candidate, ScorerUnavailable
from scorers.ids import Encoder
from scorers.layout import Layout

_ADDED_TOKENS = 16
"""More than tokenizers put around a text."""
_PIECE_TOKENS = 2
"""More than a tokenizer puts around a piece of a text that it is given by itself."""


class StatesEngine(Engine, ShowsStates, Protocol):
    """An engine whose model's hidden states can be read."""


@dataclass(frozen=True, slots=True)
class Readable:
    """A candidate as tokens.

    Attributes:
        ids: (T,) all of them.
        ends: (P,) the places whose states are judged, in order.
        counts: (S,) how many of those are each step's; one without text has none.
        begins: the place where the solution begins.
    """

    ids: tuple[int, ...]
    ends: tuple[int, ...]
    counts: tuple[int, ...]
    begins: int

    @property
    def tokens(self) -> int:
        """Tokens of the solution."""
        return len(self.ids) - self.begins


class Reader(Protocol):
    """Turns candidates into what is read."""

    async def read(self, candidates: Sequence[Candidate]) -> list[Readable]:
        """Return the tokens of (N,) candidates that have a text.

        Raises:
            EngineError: they could not be had.
        """
        ...

    def bound(self, candidate: Candidate) -> int:
        """Return the most tokens that it can have; more are never read."""
        ...


class TurnReader:
    """Reads the model's own turn: the prompt and each step's tokens, as they were drawn.

    The token that ended the turn is left out. What was drawn by another model, or comes from
    elsewhere, is rendered and tokenized anew, step by step.

    Args:
        engine: whose turn it is.
        drawn: whether it is the one that drew the candidates, so that their tokens are its own.
    """

    def __init__(self, engine: StatesEngine, *, drawn: bool) -> None:
        self._engine, self._drawn = engine, drawn

    async def read(self, candidates: Sequence[Candidate]) -> list[Readable]:
        """Return the tokens of (N,) candidates; see `Reader.read`."""
        prompts: list[Prompt] = []
        prompts += (c.prompt for c in candidates if c.prompt not in prompts)
        begun = await collect(map(self._begun, prompts))
        turns = await collect(map(self._turn, candidates))
        return [
            _joined(begun[prompts.index(candidate.prompt)], turn)
            for candidate, turn in zip(candidates, turns, strict=True)
        ]

    def bound(self, candidate: Candidate) -> int:
        """Return its tokens if it is known by them, or else as many as can be read at all."""
        known = self._drawn and _known(candidate) and candidate.prompt.ids is not None
        most = self._engine.capabilities.states
        return min(most, len(candidate.prompt.ids or ()) + candidate.tokens) if known else most

    async def _begun(self, prompt: Prompt) -> tuple[int, ...]:
        if self._drawn and prompt.ids is not None:
            return prompt.ids
        return (await self._engine.render(prompt.conversation)).ids or ()

    async def _tokenize(self, text: str) -> tuple[int, ...]:
        return (await self._engine.tokenize(text) or ()) if text else ()

    async def _turn(self, candidate: Candidate) -> list[tuple[int, ...]]:
        if not (self._drawn and _known(candidate)):
            return await collect(self._tokenize(step.text) for step in candidate.steps)
        ids = [step.ids or () for step in candidate.steps]
        if candidate.finish in ("eos", "malformed"):
            ids[-1] = ids[-1][:-1]
        return ids


class TextReader:
    """Reads a text, written as `layout` has it, each step tokenized by itself.

    Args:
        engine: tokenizes.
        layout: how it is written.
    """

    def __init__(self, engine: StatesEngine, layout: Layout) -> None:
        self._engine, self._layout = engine, layout
        self._encoder = Encoder(layout, self._tokenize)

    async def read(self, candidates: Sequence[Candidate]) -> list[Readable]:
        """Return the tokens of (N,) candidates; see `Reader.read`."""
        written = [self._layout.write(candidate) for candidate in candidates]
        encoded = await self._encoder.encode(written)
        return [
            Readable(e.ids, e.ends, w.counts, e.begins)
            for w, e in zip(written, encoded, strict=True)
        ]

    def bound(self, candidate: Candidate) -> int:
        """Return the bytes of the text: a token is at least one of them."""
        written = self._layout.write(candidate)
        longest = len(written.text.encode()) + _ADDED_TOKENS + _PIECE_TOKENS * len(written.pieces)
        return min(self._engine.capabilities.states, longest)

    async def _tokenize(self, text: str, _: bool) -> tuple[int, ...]:
        # The layout's prefix has what the model wants before every text.
        ids = await self._engine.tokenize(text)
        if ids is None:
            raise ScorerUnavailable("the engine does not say what a text's tokens are")
        return ids


def _known(candidate: Candidate) -> bool:
    return all(step.ids is not None for step in candidate.steps)


def _joined(prompt: tuple[int, ...], turn: Sequence[tuple[int, ...]]) -> Readable:
    ids, ends = list(prompt), []
    for step in turn:
        ids += step
        if step:
            ends.append(len(ids) - 1)
    counts = tuple(min(1, len(step)) for step in turn)
    return Readable(tuple(ids), tuple(ends), counts, len(prompt))
