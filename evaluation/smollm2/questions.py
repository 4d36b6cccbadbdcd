"""Questions with known answers that a model of 135 million parameters gets right now and then.

Small numbers: sums, products and comparisons, in figures and in words.
"""

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and the answer known to be right."""

    question: str
    truth: str


_NAMES = ("Tom", "Ann", "Ben", "Mia", "Sam", "Lea", "Max", "Eva")
_THINGS = ("pens", "apples", "books", "coins", "cards", "stamps", "shells", "marbles")
_HOLDERS = ("boxes", "bags", "baskets", "packs")

_HOW = " Answer in one short sentence."
"""Without it the model rambles on, and is hardly ever right."""

_Made: TypeAlias = tuple[str, int]


def draw_questions(seed: int, n: int, avoid: Collection[str] = ()) -> list[Asked]:
    """Draw n different questions, as many of each kind, none of which is in `avoid`."""
    chance = random.Random(seed)
    drawn: dict[str, Asked] = {}
    while len(drawn) < n:
        text, truth = _KINDS[len(drawn) % len(_KINDS)](chance)
        text += _HOW
        if text not in avoid:
            drawn[text] = Asked(text, str(truth))
    return list(drawn.values())


def _sum(chance: random.Random) -> _Made:
    a, b = chance.randint(1, 12), chance.randint(1, 12)
    return f"What is {a} + {b}?", a + b


def _difference(chance: random.Random) -> _Made:
    b, c = chance.randint(1, 10), chance.randint(1, 10)
    return f"What is {b + c} - {b}?", c


def _product(chance: random.Random) -> _Made:
    a, b = chance.randint(2, 10), chance.randint(2, 10)
    return f"What is {a} * {b}?", a * b


def _times(chance: random.Random) -> _Made:
    a, b = chance.randint(2, 10), chance.randint(2, 10)
    return f"What is {a} times {b}?", a * b


def _greater(chance: random.Random) -> _Made:
    a, b = chance.sample(range(2, 100), 2)
    return f"Which number is greater, {a} or {b}?", max(a, b)


def _next(chance: random.Random) -> _Made:
    a = chance.randint(3, 99)
    return f"Which number comes after {a}?", a + 1


def _more(chance: random.Random) -> _Made:
    a, b = chance.randint(1, 10), chance.randint(1, 10)
    name, _, things = _words(chance)
    told = f"{name} has {a} {things} and buys {b} more."
    return f"{told} How many {things} does {name} have now?", a + b


def _both(chance: random.Random) -> _Made:
    a, b = chance.randint(1, 10), chance.randint(1, 10)
    _, holders, things = _words(chance)
    told = f"There are {a} {things} in one of the {holders} and {b} {things} in the other."
    return f"{told} How many {things} are there in all?", a + b


def _words(chance: random.Random) -> tuple[str, str, str]:
    return chance.choice(_NAMES), chance.choice(_HOLDERS), chance.choice(_THINGS)


_KINDS: tuple[Callable[[random.Random], _Made], ...] = (
    _sum,
    _difference,
    _product,
    _times,
    _greater,
    _next,
    _more,
    _both,
)
