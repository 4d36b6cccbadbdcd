"""Reading questions that ask for a program, in the shapes people publish them in."""

import base64
import json
import os
import pickle
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import JsonValue

from evaluation.datasets import DatasetError, Question, load
from evaluation.programs.task import ProgramTask
from scorers.programs.tests import AssertTest, CallTest, CheckTest, StdioTest

HUMANEVAL: dict[str, JsonValue] = {
    "task_id": "HumanEval/999",
    "prompt": 'def double(x: int) -> int:\n    """Double it.\n    >>> double(2)\n    4\n    """\n',
    "entry_point": "double",
    "canonical_solution": "    return 2 * x\n",
    "test": "def check(candidate):\n    assert candidate(3) == 6\n",
}
MBPP: dict[str, JsonValue] = {
    "text": "Write a function to double a number.",
    "code": "def double(x):\n    return 2 * x",
    "test_list": ["assert double(2) == 4", "assert double(0) == 0"],
    "test_setup_code": "import math",
    "challenge_test_list": ["assert double(-1) == -2"],
}
LIVECODEBENCH: dict[str, JsonValue] = {
    "question_content": "Double a number.",
    "starter_code": "class Solution:\n    def double(self, x):",
    "metadata": '{"func_name": "double"}',
    "public_test_cases": '[{"input": "2", "output": "4", "testtype": "functional"}]',
    "private_test_cases": "[]",
}
STDIN = [{"input": "2\n", "output": "4\n", "testtype": "stdin"}]


def packed(held: object) -> str:
    return base64.b64encode(zlib.compress(pickle.dumps(held))).decode()


def read(folder: Path, entry: Mapping[str, JsonValue]) -> tuple[Question, ProgramTask]:
    path = folder / "tasks.jsonl"
    path.write_text(json.dumps(entry) + "\n")
    [question] = load(path)
    assert question.program is not None
    return question, question.program


def test_humaneval_has_its_check_hidden_and_its_examples_public(tmp_path: Path) -> None:
    question, task = read(tmp_path, HUMANEVAL)
    assert task.private == (CheckTest(code=str(HUMANEVAL["test"]), entry_point="double"),)
    assert task.public
    assert str(HUMANEVAL["prompt"]).rstrip() in question.text
    assert "assert candidate" not in question.text


def test_humanevals_reference_is_its_prompt_and_its_body(tmp_path: Path) -> None:
    _, task = read(tmp_path, HUMANEVAL)
    assert task.reference is not None
    assert task.reference.endswith('"""\n    return 2 * x\n')


def test_mbpp_shows_its_first_test_and_hides_all(tmp_path: Path) -> None:
    question, task = read(tmp_path, MBPP)
    assert task.public == (AssertTest(code="import math\nassert double(2) == 4"),)
    assert len(task.private) == 3
    assert "assert double(2) == 4" in question.text
    assert "assert double(0) == 0" not in question.text


def test_livecodebench_calls_a_function_or_feeds_standard_input(tmp_path: Path) -> None:
    _, called = read(tmp_path, LIVECODEBENCH)
    assert called.public == (CallTest(function="double", arguments=(2,), returns=4),)
    fed = {**LIVECODEBENCH, "public_test_cases": json.dumps(STDIN), "starter_code": ""}
    question, task = read(tmp_path, fed)
    assert task.private == (StdioTest(stdin="2\n", stdout="4\n"),)
    assert "standard input" in question.text


def test_hidden_tests_are_unpacked(tmp_path: Path) -> None:
    entry = {**LIVECODEBENCH, "private_test_cases": packed(json.dumps(STDIN))}
    _, task = read(tmp_path, entry)
    assert task.private[-1] == StdioTest(stdin="2\n", stdout="4\n")


class _Bomb:
    def __reduce__(self) -> tuple[object, ...]:
        return (os.mkdir, ("made-by-a-pickle",))


def test_a_pickle_that_would_run_something_is_refused_and_runs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DatasetError, match=r"cannot be unpacked: it names \w+.mkdir"):
        read(tmp_path, {**LIVECODEBENCH, "private_test_cases": packed(_Bomb())})
    assert not (tmp_path / "made-by-a-pickle").exists()


def test_our_own_shape_has_tests_as_a_request_has_them(tmp_path: Path) -> None:
    tests: list[JsonValue] = [{"kind": "stdio", "stdin": "2", "stdout": "4"}]
    entry: dict[str, JsonValue] = {"question": "Double.", "tests": tests, "public_tests": tests}
    _, task = read(tmp_path, entry)
    assert task.public == task.private == (StdioTest(stdin="2", stdout="4"),)


def test_the_truth_names_the_hidden_tests_and_changes_with_them(tmp_path: Path) -> None:
    first, _ = read(tmp_path, MBPP)
    second, _ = read(tmp_path, {**MBPP, "challenge_test_list": []})
    assert first.truth.startswith("3 hidden tests (")
    assert second.truth.startswith("2 hidden tests (")
    assert first.id != second.id


@pytest.mark.parametrize(
    ("entry", "lacks"),
    [
        ({**MBPP, "test_list": []}, "has no test in `test_list`"),
        ({**MBPP, "test_list": "assert 1"}, "has no list of texts as `test_list`"),
        ({**HUMANEVAL, "prompt": ""}, "has no text as `prompt`"),
        ({**LIVECODEBENCH, "metadata": "{}"}, "no `func_name` in `metadata`"),
        ({**LIVECODEBENCH, "metadata": "{"}, "has a `metadata` that is not JSON"),
        ({**LIVECODEBENCH, "private_test_cases": "AAAA"}, "cannot be unpacked"),
        (
            {**LIVECODEBENCH, "private_test_cases": packed(3)},
            "cannot be unpacked: it holds no text",
        ),
        ({**LIVECODEBENCH, "public_test_cases": [3]}, "something else than an object"),
        ({**LIVECODEBENCH, "public_test_cases": []}, "has no test cases"),
        ({"question": "?", "tests": []}, "has no test in `tests`"),
        ({"question": "?", "tests": [{"kind": "guess"}]}, "has tests that are none"),
    ],
)
def test_what_is_missing_is_said(tmp_path: Path, entry: dict[str, JsonValue], lacks: str) -> None:
    with pytest.raises(DatasetError, match="line 1: ") as caught:
        read(tmp_path, entry)
    assert lacks in str(caught.value)
