"""Which examples are held out, and which are learnt from together. Knows no torch."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from random import Random


def held_out(questions: Iterable[str], share: float, seed: int) -> frozenset[str]:
    """Return which of the questions are held out, the same ones on every machine.

    All examples of a question are on the same side. If any are wanted, one is held out, and one is
    not.
    """
    ordered = sorted(set(questions), key=lambda question: _place(question, seed))
    wanted = round(share * len(ordered))
    if share > 0:
        wanted = max(1, wanted)
    return frozenset(ordered[: min(wanted, len(ordered) - 1)])


def batches(lengths: Sequence[int], tokens: int) -> list[list[int]]:
    """Put (N,) solutions of these lengths together, the shortest first; return their places.

    A batch is as long as its longest solution makes it: rows times that length is at most `tokens`,
    but where a single solution is longer.
    """
    found: list[list[int]] = []
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        if found and (len(found[-1]) + 1) * lengths[place] <= tokens:
            found[-1].append(place)
        else:
            found.append([place])
    return found


def epoch(lengths: Sequence[int], tokens: int, seed: str) -> list[list[int]]:
    """Return the batches of one pass in the order of `seed`: as many in every pass.

    Of equally long solutions, others come together in another pass.
    """
    chance = Random(seed)
    shuffled = list(range(len(lengths)))
    chance.shuffle(shuffled)
    found = batches([lengths[place] for place in shuffled], tokens)
    chance.shuffle(found)
    return [[shuffled[place] for place in batch] for batch in found]


def by_number(count: int, size: int, seed: str) -> list[list[int]]:
    """Return `count` places in the order of `seed`, `size` in a batch; the last may have fewer."""
    places = list(range(count))
    Random(seed).shuffle(places)
    return [places[first : first + size] for first in range(0, count, size)]


def _place(question: str, seed: int) -> bytes:
    return sha256(f"{seed} {question}".encode()).digest()
