"""The program in an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorers.programs.extract import program_of

ASKED = "Write a function f that adds."
STUB = 'from typing import List\n\n\ndef f(x: List[int]) -> int:\n    """Add."""\n'
DEFINED = "def f(x):\n    return sum(x)\n"


@pytest.mark.parametrize(
    ("answer", "program"),
    [
        (f"Sure.\n\n```python\n{DEFINED}```\nDone.", DEFINED),
        (f"```\n{DEFINED}```", DEFINED),
        (f"```py\n{DEFINED}", DEFINED),
        (f"~~~python\n{DEFINED}~~~\n", DEFINED),
        (f"```bash\npip install x\n```\n```python\n{DEFINED}```", DEFINED),
        (f"```python\n{DEFINED}```\n\nUse it:\n\n```python\nprint(f([1]))\n```", DEFINED),
        (f"```python\nimport os\n```\n```python\n{DEFINED}```", f"import os\n\n\n{DEFINED}"),
        (f"```python\nx = input()\n```\nor\n```python\n{DEFINED}```", DEFINED),
        (f"{DEFINED}```\nUse it:\n```python\nprint(f([1]))\n```", DEFINED),
        (f"```python\n{DEFINED}\n```python\nprint(f([1]))", DEFINED),
        ("```python\nprint(input())\n```", "print(input())\n"),
        (DEFINED, DEFINED),
        (f"Here you are:\n{DEFINED}\nI hope that helps!", DEFINED),
        ("```python\ndef f(:\n```", "def f(:\n"),
        ("It cannot be done.", None),
        ("", None),
        ("```python\n```", None),
    ],
)
def test_the_program_is_found_in_an_answer(answer: str, program: str | None) -> None:
    found = program_of(answer, ASKED)
    assert (found and found.strip()) == (program and program.strip())


@pytest.mark.parametrize(
    "answer",
    [
        "    return sum(x)\n",
        "    return sum(x)\n\nThat is all, I hope.",
        "return sum(x)",
        "```python\n    return sum(x)\n```",
    ],
)
def test_a_body_goes_behind_the_head_that_the_prompt_gives(answer: str) -> None:
    assert (program_of(answer, STUB) or "").strip() == f"{STUB}    return sum(x)"


@pytest.mark.parametrize("asked", [STUB, f"Complete this:\n\n```python\n{STUB}```\n"])
def test_the_code_of_the_prompt_goes_before_a_whole_function(asked: str) -> None:
    assert program_of(DEFINED, asked) == f"{STUB.rstrip()}\n\n\n{DEFINED}"


def test_a_head_without_a_body_is_gone_on_from() -> None:
    assert program_of("    return 1", "def f(x):") == "def f(x):\n    return 1"


@given(st.text(alphabet="`~\n def:(x)\t#", max_size=200), st.text(max_size=40))
def test_any_answer_has_a_program_or_none(answer: str, asked: str) -> None:
    found = program_of(answer, asked)
    assert found is None or found.strip()


@pytest.mark.parametrize("deep", ["(", "-", "not ", "a.", "[", "lambda: ", "1 if 1 else "])
def test_source_that_is_too_deep_is_no_error(deep: str) -> None:
    assert program_of(f"```python\n{deep * 50_000}1\n```", ASKED)
