"""A problem whose ideas are known: which are right, and how readily a model has each.

Every idea is a real program, told apart from the others by what it returns. Knows no model.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp
from random import Random
from typing import Literal, TypeAlias

from evaluation.programs.task import ProgramTask
from scorers.programs.tests import CallTest

Kind: TypeAlias = Literal["rare", "common"]
"""Whether the right idea is one that a model seldom has first, or the one it mostly has."""

FUNCTION = "solve"
_PUBLIC, _HIDDEN = (10, 47), (1, 2, 7, 25, 138, 4702)
"""What the tests call it with."""

_RULES: tuple[tuple[str, str, Callable[[int], int]], ...] = (
    ("add up the digits", "sum(map(int, str(n)))", lambda n: sum(map(int, str(n)))),
    ("count the digits", "len(str(n))", lambda n: len(str(n))),
    ("take the largest digit", "max(map(int, str(n)))", lambda n: max(map(int, str(n)))),
    ("take the smallest digit", "min(map(int, str(n)))", lambda n: min(map(int, str(n)))),
    ("take the last digit", "n % 10", lambda n: n % 10),
    ("take the first digit", "int(str(n)[0])", lambda n: int(str(n)[0])),
    ("read the digits backwards", "int(str(n)[::-1])", lambda n: int(str(n)[::-1])),
    ("square the number", "n * n", lambda n: n * n),
    ("add up the numbers below", "n * (n - 1) // 2", lambda n: n * (n - 1) // 2),
    ("count the ones in binary", "n.bit_count()", lambda n: n.bit_count()),
    ("count the binary digits", "n.bit_length()", lambda n: n.bit_length()),
    ("take the integer root", "int(n ** 0.5)", lambda n: int(n**0.5)),
)
"""What programs can do, in words, as a text and as a function: any two differ on a public test."""

IDEAS = len(_RULES)
_SPREADS: Mapping[Kind, tuple[float, float]] = {"rare": (0.3, 0.8), "common": (0.3, 2.0)}


@dataclass(frozen=True, slots=True)
class Idea:
    """A way to solve a problem, in words and as a program."""

    words: str
    program: str


@dataclass(frozen=True)
class IdeaProblem:
    """A problem with (K,) ideas, one of them right.

    Attributes:
        name: of the problem; the model is shown it.
        kind: whether the right idea is rare or common.
        order: (K,) places of the ideas, the one that comes to mind most readily first.
        right: the place of the right idea.
        spread: of the chances with which ideas come to mind, above 0: idea number r of the order
            has the weight exp(-r / spread).
    """

    name: str
    kind: Kind
    order: tuple[int, ...]
    right: int
    spread: float

    @property
    def text(self) -> str:
        """What is asked. Its name decides what is to be done; no one could guess it."""
        return f"{self.name}: write a function {FUNCTION}(n) for a whole number n above 0."

    @property
    def task(self) -> ProgramTask:
        """Its tests: what the right idea's program returns."""
        return ProgramTask(self._tests(_PUBLIC), self._tests(_HIDDEN), idea(self.right).program)

    @cached_property
    def weights(self) -> tuple[float, ...]:
        """The chances, (K,) by place, with which an idea comes to mind first; they sum to 1."""
        raw = {place: exp(-rank / self.spread) for rank, place in enumerate(self.order)}
        total = sum(raw.values())
        return tuple(raw[place] / total for place in range(IDEAS))

    def _tests(self, inputs: Sequence[int]) -> tuple[CallTest, ...]:
        return tuple(
            CallTest(function=FUNCTION, arguments=(n,), returns=_RULES[self.right][2](n))
            for n in inputs
        )


def idea(place: int) -> Idea:
    """Return the idea at a place, 0 to `IDEAS` - 1."""
    words, expression, _ = _RULES[place]
    return Idea(words, f"def {FUNCTION}(n):\n    return {expression}\n")


def problems(number: int, seed: int) -> tuple[IdeaProblem, ...]:
    """Return so many problems, rare and common ones by turns, each of a spread of its own.

    The right idea of a rare one is the fourth or fifth that comes to mind, of a common one the
    first. Spreads are even, on a scale of logarithms, between 0.3 and 0.8 or 2: few of a rare one's
    programs drawn at once are right, at most one in fifty.
    """
    chance = Random(seed)
    found: list[IdeaProblem] = []
    for i in range(number):
        order = tuple(chance.sample(range(IDEAS), IDEAS))
        kind: Kind = "common" if i % 2 else "rare"
        rank = 0 if kind == "common" else chance.randint(3, 4)
        least, most = _SPREADS[kind]
        spread = least * (most / least) ** chance.random()
        found.append(IdeaProblem(f"Problem {seed}-{i}", kind, order, order[rank], spread))
    return tuple(found)
