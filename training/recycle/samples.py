"""What is recycled: pairs in their order, read again and again rather than held."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from training.pairs import Pair, read_pairs


@dataclass(frozen=True, slots=True)
class Sample:
    """A pair, by its place in the data, from 1.

    `better` is a better response that is there already: no teacher is asked then.
    """

    id: int
    pair: Pair
    better: str | None = None


@dataclass(frozen=True, slots=True)
class Data:
    """Samples.

    Attributes:
        n: how many.
        characters: in all their instructions, responses and turns before.
        fingerprint: 12 hexadecimal digits that only the same data share, however much of them is
            taken.
        read: reads them from the beginning.
    """

    n: int
    characters: int
    fingerprint: str
    read: Callable[[], Iterator[Sample]]

    @classmethod
    def of(cls, read: Callable[[], Iterable[Sample]], limit: int | None = None) -> "Data":
        """Read samples once, to know what they are; only the first `limit` are taken.

        Raises:
            PairError, NotATrace: as `read` does.
        """
        found, n, characters = hashlib.sha256(), 0, 0
        for sample in read():
            found.update(json.dumps([sample.pair.row, sample.better]).encode())
            if limit is None or n < limit:
                n, characters = n + 1, characters + _length(sample)
        return cls(n, characters, found.hexdigest()[:12], lambda: islice(read(), n))


def of_pairs(path: Path, limit: int | None = None) -> Data:
    """Return the pairs of a file; see `read_pairs`.

    Raises:
        PairError: it cannot be read, or holds something else.
    """
    return Data.of(
        lambda: (Sample(place, pair) for place, pair in enumerate(read_pairs(path), 1)), limit
    )


def _length(sample: Sample) -> int:
    texts = [sample.pair.response, sample.better or ""]
    texts += [message.content for message in sample.pair.conversation.messages]
    return sum(map(len, texts))
