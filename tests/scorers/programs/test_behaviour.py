"""Voting by behaviour, and the inputs it is seen on."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorers.base import ScorerUnavailable
from scorers.programs.behaviour import Behaviour, inputs_of
from scorers.programs.mutation import inputs_like, value_like
from scorers.programs.sandbox import NOWHERE
from scorers.programs.tests import AssertTest, CallTest, CheckTest, StdioTest
from tests.scorers.candidates import LastWord

CALL = CallTest(function="f", arguments=([3, 1, 2], 5), returns=None)
CASE = {"kind": "call", "function": "f", "arguments": [[3, 1, 2], 5]}


def behaviour(sandbox, *tests) -> Behaviour:
    return Behaviour(sandbox, LastWord(), tests or (CALL,), "Write f.")


def written(body: str) -> str:
    return f"```python\ndef f(x, y):\n    {body}\n```"


async def test_programs_that_do_the_same_are_one_answer_however_they_are_written(sandbox) -> None:
    texts = (
        written("return sorted(x) + [y]"),
        written("return max(x)"),
        written("x.sort(); x.append(y); return tuple(x)"),
        written("return nothing"),
        "no program",
        written("return [*sorted(x), y * 1.0]"),
    )
    answers = await behaviour(sandbox).group(texts)
    assert answers.groups == (0, 1, 0, None, None, 0)
    assert answers.texts[3:5] == (None, None)
    assert "sorted" in answers.texts[0]


async def test_programs_that_agree_on_a_test_are_told_apart_on_other_inputs(sandbox) -> None:
    test = CallTest(function="f", arguments=(2, 2), returns=4)
    texts = (written("return x + y"), written("return x * y"))
    assert (await behaviour(sandbox, test).group(texts)).groups == (0, 1)


async def test_programs_that_read_are_compared_by_what_they_print(sandbox) -> None:
    test = StdioTest(stdin="3 4\n", stdout="7")
    texts = [
        f"```python\n{body}\n```"
        for body in (
            "print(sum(map(int, input().split())))",
            "a, b = map(int, input().split())\nprint(a + b)",
            "print(7)",
        )
    ]
    assert (await behaviour(sandbox, test).group(texts)).groups == (0, 0, 1)


async def test_where_no_input_is_spelt_out_the_tests_themselves_are_the_behaviour(sandbox) -> None:
    tests = (AssertTest(code="n = 2\nassert f(n, n) == 4"), AssertTest(code="n = 1\nf(n, n)"))
    texts = (written("return x + y"), written("return x * y"), written("return y - y"))
    assert (await behaviour(sandbox, *tests).group(texts)).groups == (0, 0, 1)


async def test_with_a_pattern_the_other_grader_is_asked() -> None:
    answers = await behaviour(NOWHERE).group(("x 1", "x 2"), "x")
    assert answers.texts == ("1", "2")
    assert await behaviour(NOWHERE).equal("1", "1.0")


async def test_a_sandbox_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ScorerUnavailable):
        await behaviour(NOWHERE).group((written("return x"),))


def test_the_inputs_of_tests_are_their_arguments_and_never_their_values() -> None:
    check = CheckTest(code="def check(c):\n    assert candidate([1], 2) == 3\n", entry_point="f")
    assert list(inputs_of(check)) == [{"kind": "call", "function": "f", "arguments": [[1], 2]}]
    assert list(inputs_of(AssertTest(code="assert set(f((1,))) == {1}"))) == []
    assert list(inputs_of(CALL)) == [CASE]


def test_inputs_are_the_same_for_the_same_seed_and_others_for_another() -> None:
    first = inputs_like([CASE], 20, 0)
    assert first[0] == CASE
    assert len(first) == 20
    assert first == inputs_like([CASE], 20, 0)
    assert first != inputs_like([CASE], 20, 1)


VALUES = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(VALUES, st.integers())
def test_a_value_like_another_is_of_its_type(value, seed: int) -> None:
    assert type(value_like(value, Random(seed))) is type(value)
