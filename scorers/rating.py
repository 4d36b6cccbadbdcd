"""Rewards of a head, by the hidden states of an engine: read once for each prefix.

Knows tokens and numbers. Knows nothing of candidates, steps or questions.
"""

from array import array
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

from engines.states import ShowsStates, Vector
from engines.usage import Usage
from scorers.base import ScorerUnavailable
from scorers.head import Head
from scorers.reading import Readable

_REMEMBERED = 32_768
"""Rewards that are kept: some 5 MB."""
_Key: TypeAlias = bytes
"""A digest of all tokens up to a place that is judged."""


@dataclass(frozen=True, slots=True)
class Rated:
    """The (P,) rewards of each of (N,) texts, and what reading those not known took."""

    rewards: list[tuple[float, ...]]
    usage: Usage


class Rater:
    """Rates places in texts.

    A state depends on what is before it only, so a reward is kept under all tokens up to its
    place, and a text of which every reward is known is not read again.

    Args:
        engine: shows the states.
        head: judges them.
        remembered: the most rewards that are kept.
    """

    def __init__(self, engine: ShowsStates, head: Head, *, remembered: int = _REMEMBERED) -> None:
        self._engine, self._head, self._remembered = engine, head, remembered
        self._known: OrderedDict[_Key, float] = OrderedDict()

    async def rate(self, texts: Sequence[Readable], *, request_id: str) -> Rated:
        """Rate (N,) texts, none of them longer than the engine reads.

        Raises:
            EngineError: the states could not be had.
            ScorerUnavailable: they are not of the size that the head reads.
        """
        keys = [_keys(text) for text in texts]
        wanted = dict.fromkeys(key for own in keys for key in own)
        known = {key: self._known[key] for key in wanted if key in self._known}
        pairs = zip(texts, keys, strict=True)
        fresh = {text.ids: (text, own) for text, own in pairs if not known.keys() >= set(own)}
        usage = Usage()
        if fresh:
            read = await self._engine.states(list(fresh), request_id=request_id)
            usage = read.usage
            for (text, own), states in zip(fresh.values(), read.texts, strict=True):
                places = zip(own, text.ends, strict=True)
                known |= {k: self._reward(states[end]) for k, end in places if k not in known}
        self._remember(known)
        return Rated([tuple(known[key] for key in own) for own in keys], usage)

    def _reward(self, state: Vector) -> float:
        if len(state) != self._head.width:
            raise ScorerUnavailable(
                f"the head reads hidden states of {self._head.width} numbers; the model's have "
                f"{len(state)}"
            )
        return self._head.probability(state)

    def _remember(self, known: Mapping[_Key, float]) -> None:
        for key, reward in known.items():
            self._known[key] = reward
            self._known.move_to_end(key)
        while len(self._known) > self._remembered:
            self._known.popitem(last=False)


def _keys(text: Readable) -> tuple[_Key, ...]:
    digest, begin, keys = sha256(), 0, []
    for end in text.ends:
        digest.update(array("q", text.ids[begin : end + 1]).tobytes())
        keys.append(digest.digest())
        begin = end + 1
    return tuple(keys)
