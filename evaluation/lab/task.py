"""The laboratory's task: reduce an integer expression, one legal reduction a line.

    (7+5)*3-8*2=?
    12*3-8*2
    36-8*2
    36-16
    20
    Answer: 20

A line is right iff it is the canonical print of a one-step reduction of the line before, so every
step of every solution can be checked exactly, by `judge`. Knows nothing of models.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

LARGEST = 99
"""No value, whole or partial, is above it, and none is below 0."""

SMALL = 12
"""One operand of a product is at most this."""

MARK = "Answer: "
_DIGIT_SHARE = 0.55
_SIGNS = ("+", "-", "*")
_CLOSENESS = {"+": 1, "-": 1, "*": 2}


@dataclass(frozen=True, slots=True)
class Node:
    """An operation on two expressions."""

    sign: str
    left: "Expression"
    right: "Expression"


Expression: TypeAlias = int | Node
Reckoning: TypeAlias = Callable[[str, int, int], int]
"""What a sign, a left and a right number come to."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A question, how many operations it has, and its value."""

    question: str
    operations: int
    answer: int


def value(sign: str, a: int, b: int) -> int:
    """Return what an operation comes to."""
    if sign == "*":
        return a * b
    return a + b if sign == "+" else a - b


def draw_problem(rng: random.Random, operations: int) -> Problem:
    """Draw an expression of so many operations, all of whose values are within the bounds."""
    expression, value = _draw(rng, operations)
    return Problem(f"{written(expression)}=?", operations, value)


def solve(problem: Problem, rng: random.Random) -> list[str]:
    """Return the lines of a right solution: reductions in a random legal order, then the answer."""
    lines, last = [], problem.question.removesuffix("=?")
    while not last.startswith(MARK):
        last = rng.choice(next_lines(last))
        lines.append(last)
    return lines


def next_lines(line: str, reckoning: Reckoning = value) -> list[str]:
    """Return the lines that may follow a line, in order of their place in it, without repetition.

    A number is followed by the answer. What is no expression is followed by nothing. With another
    reckoning they are those of somebody who reckons so.
    """
    expression = parse(line.removesuffix("=?"))
    if expression is None:
        return []
    if isinstance(expression, int):
        return [f"{MARK}{expression}"]
    return list(dict.fromkeys(written(reduced) for reduced in _reductions(expression, reckoning)))


def judge(question: str, lines: Sequence[str]) -> list[bool]:
    """Return whether each line is right, up to and including the first that is not.

    Source: arXiv:2305.20050, section 2.4: labels stop at the first error.
    """
    verdicts: list[bool] = []
    for before, line in zip([question, *lines], lines, strict=False):
        verdicts.append(line in next_lines(before))
        if not verdicts[-1]:
            break
    return verdicts


def answer_of(lines: Sequence[str]) -> str | None:
    """Return what a solution's last line says the answer is, `None` if it says nothing."""
    last = lines[-1] if lines else ""
    told = last.removeprefix(MARK)
    return told if last.startswith(MARK) and told else None


def written(expression: Expression) -> str:
    """Print an expression canonically: with the parentheses that its tree needs, and no others."""
    if isinstance(expression, int):
        return str(expression)
    close = _CLOSENESS[expression.sign]
    left = _operand(expression.left, close - 1)
    return f"{left}{expression.sign}{_operand(expression.right, close)}"


def parse(text: str) -> Expression | None:
    """Read an expression, `None` if it is none or not printed canonically."""
    parser = _Parser(text)
    try:
        expression = parser.sum()
    except ValueError:
        return None
    return expression if written(expression) == text else None


def _draw(rng: random.Random, operations: int) -> tuple[Expression, int]:
    if operations == 0:
        digit = rng.random() < _DIGIT_SHARE
        leaf = rng.randint(1, 9) if digit else rng.randint(10, LARGEST)
        return leaf, leaf
    while True:
        before = rng.randrange(operations)
        left, a = _draw(rng, before)
        right, b = _draw(rng, operations - 1 - before)
        fitting = [sign for sign in _SIGNS if _fits(sign, a, b)]
        if fitting:
            sign = rng.choice(fitting)
            return Node(sign, left, right), value(sign, a, b)


def _fits(sign: str, a: int, b: int) -> bool:
    if sign == "*" and (0 in (a, b) or min(a, b) > SMALL):
        return False
    return 0 <= value(sign, a, b) <= LARGEST


def _reductions(node: Node, reckoning: Reckoning) -> list[Expression]:
    left, right = node.left, node.right
    if isinstance(left, int) and isinstance(right, int):
        found = reckoning(node.sign, left, right)
        return [found] if found >= 0 else []
    reduced_ones: list[Expression] = []
    if isinstance(left, Node):
        lefts = _reductions(left, reckoning)
        reduced_ones += [Node(node.sign, reduced, right) for reduced in lefts]
    if isinstance(right, Node):
        rights = _reductions(right, reckoning)
        reduced_ones += [Node(node.sign, left, reduced) for reduced in rights]
    return reduced_ones


def _operand(expression: Expression, closeness: int) -> str:
    text = written(expression)
    looser = isinstance(expression, Node) and _CLOSENESS[expression.sign] <= closeness
    return f"({text})" if looser else text


class _Parser:
    """Reads by recursive descent; a `ValueError` is where it cannot go on."""

    def __init__(self, text: str) -> None:
        self._rest = text

    def sum(self) -> Expression:
        """Read a whole text."""
        expression = self._chain(1)
        if self._rest:
            raise ValueError
        return expression

    def _chain(self, closeness: int) -> Expression:
        expression = self._part(closeness)
        while self._rest and _CLOSENESS.get(self._rest[0]) == closeness:
            sign = self._take()
            expression = Node(sign, expression, self._part(closeness))
        return expression

    def _part(self, closeness: int) -> Expression:
        return self._chain(2) if closeness == 1 else self._atom()

    def _atom(self) -> Expression:
        if self._rest.startswith("("):
            self._take()
            inner = self._chain(1)
            if not self._rest.startswith(")"):
                raise ValueError
            self._take()
            return inner
        return self._number()

    def _number(self) -> int:
        digits = len(self._rest) - len(self._rest.lstrip("0123456789"))
        number, self._rest = int(self._rest[:digits]), self._rest[digits:]
        return number

    def _take(self) -> str:
        first, self._rest = self._rest[0], self._rest[1:]
        return first
