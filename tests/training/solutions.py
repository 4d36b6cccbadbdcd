"""Solutions of the laboratory's task, and a tokenizer of a token a letter."""

from collections.abc import Iterator
from typing import Any

from evaluation.lab.tokens import BOS, IDS, encode
from training.examples import Example


def letters(text: str, special: bool) -> tuple[int, ...]:
    """A token a letter, and one before a text."""
    return (*((0,) if special else ()), *map(ord, text))


def lab(text: str, special: bool) -> tuple[int, ...]:
    """The laboratory's tokens."""
    return (*((IDS[BOS],) if special else ()), *encode(text))


def example(*steps: str, question: str = "2+3*4=?", **labels: Any) -> Example:
    return Example(question=question, steps=steps or ("2+12", "14", "Answer: 14"), **labels)


def sums(questions: int, labels: str = "ratings") -> list[Example]:
    """For each question three right and three wrong solutions; wrong steps have a minus in them."""
    return [one for a in range(questions) for one in _solutions(a, labels)]


def _solutions(a: int, labels: str) -> Iterator[Example]:
    for off in (0, 0, 0, 1, 2, 3):
        total = a + 2 + off
        sign = "-" if off else ""
        steps = (f"{a}+2", f"{sign}{total}", f"Answer: {sign}{total}")
        known: dict[str, Any] = {
            "ratings": {"ratings": (1, -1 if off else 1) if off else (1, 1, 1)},
            "values": {"values": (0.5, float(not off), float(not off))},
            "outcome": {},
        }[labels]
        yield Example(question=f"{a}+1+1=?", steps=steps, outcome=not off, **known)
