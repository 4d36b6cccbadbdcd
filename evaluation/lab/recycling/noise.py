"""A noisy instruction set in the laboratory's task: problems that are too easy, answers with flaws.

Pure: nothing but chance and the task.
"""

import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from evaluation.lab.task import MARK, Problem, draw_problem, next_lines, solve, value
from training.pairs import Pair

Flaw: TypeAlias = Literal["none", "slip", "terse", "truncated", "irrelevant"]
"""What is poor of an answer: nothing; every carry and borrow is forgotten; the right answer without
a line that leads to it; it ends half-way; it is another problem's."""

SHARES: Mapping[Flaw, float] = {
    "none": 0.30, "slip": 0.25, "terse": 0.15, "truncated": 0.10, "irrelevant": 0.20,
}  # fmt: skip
TRIVIAL = 0.25
"""The share of problems of one operation; the others have as often each number up to `HARDEST`."""
HARDEST = 6


@dataclass(frozen=True, slots=True)
class Noisy:
    """A pair of the set.

    Attributes:
        pair: as it is found.
        problem: what is asked in it.
        flaw: of its answer.
    """

    pair: Pair
    problem: Problem
    flaw: Flaw


def noisy_set(seed: int, n: int, avoid: Collection[str] = ()) -> list[Noisy]:
    """Draw n pairs, none of whose problems is in `avoid`."""
    rng = random.Random(f"noisy set/{seed}")
    return [draw_noisy(rng, avoid) for _ in range(n)]


def draw_noisy(rng: random.Random, avoid: Collection[str] = ()) -> Noisy:
    """Draw one pair."""
    problem = _problem(rng)
    while problem.question in avoid:
        problem = _problem(rng)
    return answered(problem, rng)


def answered(problem: Problem, rng: random.Random) -> Noisy:
    """Answer a problem with as many flaws as the set has."""
    flaw: Flaw = rng.choices(list(SHARES), list(SHARES.values()))[0]
    lines = _ANSWERS[flaw](problem, rng)
    return Noisy(Pair(problem.question, "\n".join(lines)), problem, flaw)


def slipped(sign: str, a: int, b: int) -> int:
    """Reckon as one does who forgets every carry and every borrow."""
    if sign == "*":
        return value(sign, a, b)
    tens = value(sign, a // 10, b // 10)
    return 10 * tens + value(sign, a, b) % 10


def _problem(rng: random.Random) -> Problem:
    trivial = rng.random() < TRIVIAL
    return draw_problem(rng, 1 if trivial else rng.randint(2, HARDEST))


def _slip(problem: Problem, rng: random.Random) -> list[str]:
    """Answer with forgotten carries; it ends where they leave nothing to reduce."""
    lines: list[str] = []
    following = next_lines(problem.question, slipped)
    while following:
        lines.append(rng.choice(following))
        following = next_lines(lines[-1], slipped)
    return lines


def _terse(problem: Problem, _: random.Random) -> list[str]:
    return [f"{MARK}{problem.answer}"]


def _truncated(problem: Problem, rng: random.Random) -> list[str]:
    lines = solve(problem, rng)
    return lines[: len(lines) // 2]


def _irrelevant(_: Problem, rng: random.Random) -> list[str]:
    return solve(_problem(rng), rng)


_ANSWERS: Mapping[Flaw, Callable[[Problem, random.Random], list[str]]] = {
    "none": solve,
    "slip": _slip,
    "terse": _terse,
    "truncated": _truncated,
    "irrelevant": _irrelevant,
}
