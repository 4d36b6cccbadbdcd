"""Tests that a prompt shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.conversation import Conversation, Message
from scorers.programs.from_prompt import asked, public_tests
from scorers.programs.tests import AssertTest, CallTest, StdioTest

HEAD = 'def f(x, y=0):\n    """Do it.\n'


def call(*arguments, returns) -> CallTest:
    return CallTest(function="f", arguments=arguments, returns=returns)


@pytest.mark.parametrize(
    ("line", "test"),
    [
        (">>> f(1, 2)\n    3", call(1, 2, returns=3)),
        (">>> f([1,\n    ...    2])\n    'a'", call([1, 2], returns="a")),
        (">>> f(1) == 3", call(1, returns=3)),
        (">>> f(1) == 3\n    True", call(1, returns=3)),
        (">>> f(x=1)\n    3", AssertTest(code="assert f(x=1) == 3")),
        (">>> f(1)\n    (1, 2)", AssertTest(code="assert f(1) == (1, 2)")),
        ("f(1, 2) -> 3", call(1, 2, returns=3)),
        ("f('a)') ==> 'b'  # as said", call("a)", returns="b")),
        ("f(1) ➞ [1]", call(1, returns=[1])),
        ("`f(1)` returns `{'a': None}`.", call(1, returns={"a": None})),
        ("Example: f(1) should return true", call(1, returns=True)),
        ("f(n) -> 3", None),
        ("f(1) -> 1 + 2 = 3", None),
        ("f(1) = 3", None),
        ("g(1) -> 3", None),
        (">>> f(1) == 3\n    False", None),
        (">>> f(__import__('os').getpid())\n    3", None),
        (">>> f(1)\n    Traceback (most recent call last):", None),
    ],
)
def test_an_example_is_a_test_where_it_is_spelt_out(line: str, test) -> None:
    assert public_tests(f'{HEAD}    {line}\n    """\n') == ((test,) if test else ())


def test_assertions_of_a_prompt_are_tests_of_as_many_lines_as_they_take() -> None:
    prompt = (
        "Write f. Your code should pass these tests:\n\n"
        "assert f(1) == [\n    1,\n]\nassert set(f((1, 2))) == set((2, 1))\nassert True\n"
    )
    written = AssertTest(code="assert set(f((1, 2))) == set((2, 1))")
    assert public_tests(prompt) == (call(1, returns=[1]), written)


@pytest.mark.parametrize(
    "samples",
    [
        "### Sample Input 1\n```\n3\n1 2\n```\n### Sample Output 1\n```\n6\n```\n",
        "Examples\n\nInput\n3\n1 2\n\nOutput\n6\n\nNote\n\nNone.\n",
        "Example:\nInput:\n3\n1 2\nOutput:\n6\nExplanation:\nIt is.\n",
        "**Input**\n\n```text\n3\n1 2\n```\n\n**Output**\n\n```text\n6\n```\n",
    ],
)
def test_samples_are_what_is_read_and_printed(samples: str) -> None:
    prompt = f"Input\nThe first line has n.\n\nOutput\nPrint the sum.\n\n{samples}"
    assert public_tests(prompt) == (StdioTest(stdin="3\n1 2\n", stdout="6\n"),)


def test_a_description_of_the_input_is_no_sample() -> None:
    assert public_tests("Input\n\nThe first line has n.\n\nOutput\n\nPrint the sum.\n") == ()


def test_tests_are_there_once_and_only_what_was_said_last_counts() -> None:
    turns = [("user", ">>> f(0)\n0"), ("assistant", ">>> f(1)\n1"), ("user", ">>> f(2)\n2\n" * 2)]
    said = asked(Conversation(tuple(Message(role, text) for role, text in turns)))
    assert public_tests(said) == (call(2, returns=2),)


@given(st.text(alphabet=">. f(12)=->\n'\"[],`assertinpuout:", max_size=300))
def test_any_prompt_can_be_read(prompt: str) -> None:
    assert public_tests(prompt) == public_tests(prompt)
