"""A harder problem made of an easier one: what the teacher is shown as a reflected instruction.

Pure: nothing but chance and the task.
"""

import random

from evaluation.lab.problems import LONGEST_QUESTION, MOST
from evaluation.lab.task import (
    LARGEST,
    SMALL,
    Expression,
    Node,
    Problem,
    parse,
    written,
)


def harder(problem: Problem, rng: random.Random) -> Problem:
    """Return a problem in which numbers of this one are to be found out first.

    The last number is, and then the first, as far as problems have so many operations: which they
    are must not be chance, for at temperature 0 a teacher would find each of them better left as
    it is. The value is the same, so that the harder problem asks for all that the easier one asks
    for, and for more. One that would be longer than questions are is left as it was.
    """
    expression = parse(problem.question.removesuffix("=?"))
    operations = problem.operations
    for place in (operations, 0)[: MOST - operations]:
        if expression is not None:
            expression = _grown(expression, place, rng)
            operations += 1
    question = f"{written(expression)}=?" if expression is not None else problem.question
    if len(question) > LONGEST_QUESTION:
        return problem
    return Problem(question, operations, problem.answer)


def _grown(expression: Expression, place: int, rng: random.Random) -> Expression:
    """Write an operation in the place of the number that has so many before it."""
    if isinstance(expression, int):
        return _operation(expression, rng)
    before = _numbers(expression.left)
    if place < before:
        return Node(expression.sign, _grown(expression.left, place, rng), expression.right)
    return Node(expression.sign, expression.left, _grown(expression.right, place - before, rng))


def _operation(value: int, rng: random.Random) -> Node:
    """Return an operation of two numbers that comes to a value of 1 or more."""
    divisors = [d for d in range(2, SMALL + 1) if value % d == 0 and d < value]
    ways = ["-"] if value == LARGEST else ["-", "-"]
    ways += ["+", "+"] if value > 1 else []
    ways += ["*"] if divisors else []
    sign = rng.choice(ways) if value < LARGEST else "+"
    if sign == "*":
        divisor = rng.choice(divisors)
        return Node(sign, divisor, value // divisor)
    if sign == "+":
        first = rng.randint(1, value - 1)
        return Node(sign, first, value - first)
    more = rng.randint(1, min(20, LARGEST - value))
    return Node(sign, value + more, more)


def _numbers(expression: Expression) -> int:
    if isinstance(expression, int):
        return 1
    return _numbers(expression.left) + _numbers(expression.right)
