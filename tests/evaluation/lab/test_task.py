import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.lab.task import (
    LARGEST,
    Node,
    answer_of,
    draw_problem,
    judge,
    next_lines,
    parse,
    solve,
    value,
    written,
)

QUESTION = "(7+5)*3-8*2=?"
SOLUTION = ["12*3-8*2", "36-8*2", "36-16", "20", "Answer: 20"]


def values(expression):
    if isinstance(expression, int):
        return [expression]
    left, right = values(expression.left), values(expression.right)
    return [value(expression.sign, left[0], right[0]), *left, *right]


def test_every_line_that_is_one_reduction_is_right():
    assert judge(QUESTION, SOLUTION) == [True] * 5


@pytest.mark.parametrize(
    "line",
    [
        "36-8*2",
        "12*3-8*3",
        "13*3-8*2",
        "(12)*3-8*2",
        "12*3-8*2 ",
        "12*3-16",
        "20",
        "Answer: 20",
        "",
    ],
)
def test_any_other_line_is_wrong(line):
    assert judge(QUESTION, [line]) == [False]


def test_lines_are_judged_up_to_the_first_error():
    assert judge(QUESTION, ["12*3-8*2", "35-8*2", "35-16", "19", "Answer: 19"]) == [True, False]


def test_what_follows_an_answer_is_wrong():
    assert judge(QUESTION, [*SOLUTION, "Answer: 20"]) == [True] * 5 + [False]


def test_reductions_are_of_any_operation_whose_operands_are_known():
    assert next_lines("(7+5)*3-8*2") == ["12*3-8*2", "(7+5)*3-16"]
    assert next_lines("2+(3-1)") == ["2+2"]
    assert next_lines("20") == ["Answer: 20"]


@pytest.mark.parametrize(
    "text",
    ["", "7+", "(7+5", "7+5)", "((7+5))", "(7+5)+2", "07+5", "7--5", "x", "7 + 5"],
)
def test_what_is_not_printed_canonically_is_no_expression(text):
    assert parse(text) is None
    assert next_lines(text) == []


def test_parentheses_are_printed_where_the_tree_needs_them():
    assert written(Node("-", 9, Node("-", 5, 2))) == "9-(5-2)"
    assert written(Node("-", Node("-", 9, 5), 2)) == "9-5-2"
    assert written(Node("*", Node("+", 1, 2), Node("*", 3, 4))) == "(1+2)*(3*4)"


@given(st.integers(0, 10**9), st.integers(1, 8))
def test_problems_are_within_bounds_and_their_solutions_right(seed, operations):
    rng = random.Random(seed)
    problem = draw_problem(rng, operations)
    expression = parse(problem.question.removesuffix("=?"))
    lines = solve(problem, rng)
    assert all(0 <= v <= LARGEST for v in values(expression))
    assert values(expression)[0] == problem.answer
    assert judge(problem.question, lines) == [True] * (operations + 1)
    assert answer_of(lines) == str(problem.answer)


@pytest.mark.parametrize("lines", [[], ["20"], ["Answer: "], ["Answer: 20", "20"]])
def test_a_solution_that_does_not_end_with_an_answer_has_none(lines):
    assert answer_of(lines) is None
