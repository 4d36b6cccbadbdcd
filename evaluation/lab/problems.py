"""The laboratory's questions: those it learns from, and those that are held out."""

import json
import random
from collections.abc import Collection
from pathlib import Path

from evaluation.datasets import DatasetError
from evaluation.lab.task import Node, Problem, draw_problem, parse, value

FEWEST, MOST = 2, 8
"""Operations of a question."""

LONGEST_QUESTION = 62
"""Characters; the longest that is drawn has fewer."""

HELD_OUT = 140
_HELD_OUT_SEED = 2329
"""Chosen so that none of them was among those that the models that come along were taught with."""


def draw_problems(seed: int, n: int, avoid: Collection[str] = ()) -> list[Problem]:
    """Draw n problems, as many of each number of operations, none of which is in `avoid`."""
    rng = random.Random(seed)
    drawn = (draw_problem(rng, FEWEST + place % (MOST - FEWEST + 1)) for place in range(n))
    return [_another(rng, problem, avoid) for problem in drawn]


def held_out() -> list[Problem]:
    """Return the problems that nothing of the laboratory was trained on."""
    return draw_problems(_HELD_OUT_SEED, HELD_OUT)


def read_problems(path: Path) -> list[Problem]:
    """Read problems, lines of JSON with a `question` such as "(7+5)*3=?".

    Raises:
        DatasetError: the file cannot be read, a line is no such object, or there is none.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(path, None, str(error)) from error
    told = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not told:
        raise DatasetError(path, None, "has no problem")
    return [_read(path, number, line) for number, line in told]


def _another(rng: random.Random, problem: Problem, avoid: Collection[str]) -> Problem:
    while problem.question in avoid:
        problem = draw_problem(rng, problem.operations)
    return problem


def _read(path: Path, number: int, line: str) -> Problem:
    place = f"line {number}"
    try:
        entry = json.loads(line)
    except ValueError as error:
        raise DatasetError(path, place, f"is no JSON: {error}") from None
    question = entry.get("question") if isinstance(entry, dict) else None
    if not isinstance(question, str) or not question.endswith("=?"):
        raise DatasetError(path, place, 'has no `question` such as "(7+5)*3=?"')
    if len(question) > LONGEST_QUESTION:
        raise DatasetError(
            path, place, f"has more than {LONGEST_QUESTION} characters: {question!r}"
        )
    expression = parse(question.removesuffix("=?"))
    if not isinstance(expression, Node):
        raise DatasetError(path, place, f"{question!r} is not printed as the task prints it")
    return Problem(question, operations_of(expression), _value_of(expression))


def operations_of(expression: Node | int) -> int:
    """Return how many operations an expression has."""
    if isinstance(expression, int):
        return 0
    return 1 + operations_of(expression.left) + operations_of(expression.right)


def _value_of(expression: Node | int) -> int:
    if isinstance(expression, int):
        return expression
    return value(expression.sign, _value_of(expression.left), _value_of(expression.right))
