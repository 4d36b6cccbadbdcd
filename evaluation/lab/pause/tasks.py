"""What is asked in one breath: questions whose answers are said at once, without lines between.

    direct   7+5-3=                    9     an expression's value
    lookup   37 72 25 56 63 / **3=     2     a digit looked up twice
    distance 48193027?5=               24    from 4 to 5, from 8 to 5, ..., added up

Each also has its lines, which pre-training shows, as it shows single facts and copies; a question
that ends in "?" is answered by lines, one that ends in "=" at once. Knows nothing of models.
"""

import random
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from evaluation.lab.task import next_lines
from evaluation.lab.tokens import BOS, EOS, IDS, encode

LARGEST = 40
"""Of the first number of a single fact."""

_FACTS, _COPIES = 0.2, 0.1
_DIGITS = "0123456789"


@dataclass(frozen=True, slots=True)
class Question:
    """A question that ends in "=", its answer, and the lines that lead there."""

    text: str
    answer: str
    lines: tuple[str, ...]

    @property
    def prompt(self) -> list[int]:
        """The ids that are gone on from."""
        return [IDS[BOS], *encode(self.text)]

    @property
    def target(self) -> list[int]:
        """The ids of the answer, its end included."""
        return [*encode(self.answer), IDS[EOS]]

    @property
    def solved(self) -> str:
        """How pre-training shows it."""
        return "\n".join((self.text.removesuffix("=") + "?", *self.lines))


def direct(rng: random.Random) -> Question:
    """Draw a sum of digits added and subtracted, two to four signs, never below 0 on its way."""
    text, reached = str(first := rng.randint(1, 9)), first
    for _ in range(rng.randint(2, 4)):
        digit = rng.randint(1, 9)
        sign = rng.choice("+-") if reached >= digit else "+"
        reached += digit if sign == "+" else -digit
        text += f"{sign}{digit}"
    lines, last = [], text
    while not last.startswith("Answer"):
        last = next_lines(last)[0]
        lines.append(last)
    return Question(f"{text}=", str(reached), tuple(lines))


def lookup(rng: random.Random) -> Question:
    """Draw a map of five digits onto themselves, and one to look up two or three times."""
    keys = rng.sample(_DIGITS, 5)
    mapped = dict(zip(keys, rng.sample(keys, len(keys)), strict=True))
    hops, digit = rng.randint(2, 3), rng.choice(keys)
    table = " ".join(key + value for key, value in mapped.items())
    text, lines = f"{table}\n{'*' * hops}{digit}=", []
    for left in reversed(range(hops)):
        digit = mapped[digit]
        lines.append("*" * left + digit)
    return Question(text, digit, tuple(lines))


def distance(rng: random.Random) -> Question:
    """Draw eight digits and one more, last; the answer adds up how far each is from that one."""
    digits, place = [rng.randrange(10) for _ in range(8)], rng.randrange(10)
    away = [abs(digit - place) for digit in digits]
    text = "".join(map(str, digits))
    lines = "".join(map(str, away)), str(sum(away))
    return Question(f"{text}?{place}=", str(sum(away)), lines)


Draw = Callable[[random.Random], Question]

TASKS: Mapping[str, Draw] = {"direct": direct, "lookup": lookup, "distance": distance}


def held_out(draw: Draw, rng: random.Random, n: int) -> list[Question]:
    """Draw n questions, no two of which are equal."""
    found: dict[str, Question] = {}
    while len(found) < n:
        question = draw(rng)
        found[question.text] = question
    return list(found.values())


def another(draw: Draw, rng: random.Random, avoid: Collection[str]) -> Question:
    """Draw a question that is not held out."""
    while (question := draw(rng)).text in avoid:
        pass
    return question


def corpus(rng: random.Random, length: int, avoid: Collection[str]) -> Iterator[list[int]]:
    """Give rows of so many ids of pre-training's text, without end: documents, one after another.

    None shows a question of `avoid`, solved or not.
    """
    held: list[int] = []
    while True:
        while len(held) < length:
            held += [IDS[BOS], *encode(_document(rng, avoid)), IDS[EOS]]
        yield held[:length]
        held = held[length:]


def _document(rng: random.Random, avoid: Collection[str]) -> str:
    kind = rng.random()
    if kind < _FACTS:
        return _fact(rng)
    if kind < _FACTS + _COPIES:
        text = "".join(rng.choices(_DIGITS, k=rng.randint(3, 10)))
        return f"{text}\n{text}"
    return another(rng.choice(list(TASKS.values())), rng, avoid).solved


def _fact(rng: random.Random) -> str:
    """State one sum or difference, such as "17+5=22"."""
    number, digit = rng.randint(0, LARGEST), rng.randint(1, 9)
    if rng.choice((True, False)):
        return f"{number}+{digit}={number + digit}"
    return f"{number + digit}-{digit}={number}"
