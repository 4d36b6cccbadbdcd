from collections import Counter
from pathlib import Path

import pytest

from evaluation.datasets import DatasetError
from evaluation.lab.problems import HELD_OUT, draw_problems, held_out, read_problems
from evaluation.lab.task import Problem
from evaluation.lab.tokens import (
    EOS,
    IDS,
    PAUSE,
    VOCABULARY,
    decode,
    encode,
    prompt_ids,
    solution_ids,
)


def test_held_out_problems_are_as_many_of_each_number_of_operations():
    found = held_out()
    assert len({problem.question for problem in found}) == HELD_OUT
    assert set(Counter(problem.operations for problem in found).values()) == {HELD_OUT // 7}
    assert found == held_out()


def test_what_is_to_be_avoided_is_not_drawn():
    first = draw_problems(3, 14)
    avoid = {problem.question for problem in first}
    assert not avoid & {problem.question for problem in draw_problems(3, 14, avoid)}


def test_problems_are_read_with_their_answers(tmp_path: Path):
    path = tmp_path / "problems.jsonl"
    path.write_text('{"question": "(7+5)*3=?"}\n\n{"question": "9-5=?"}\n')
    assert read_problems(path) == [Problem("(7+5)*3=?", 2, 36), Problem("9-5=?", 1, 4)]


@pytest.mark.parametrize(
    "line",
    [
        "7+5=?",
        "{}",
        '{"question": "7+5"}',
        '{"question": "7 + 5=?"}',
        '{"question": "7=?"}',
        "[1]",
        f'{{"question": "{"+".join("1" * 40)}=?"}}',
    ],
)
def test_a_line_that_is_no_problem_is_named(tmp_path: Path, line: str):
    path = tmp_path / "problems.jsonl"
    path.write_text(f'{{"question": "1+1=?"}}\n{line}\n')
    with pytest.raises(DatasetError, match="line 2"):
        read_problems(path)


def test_a_file_without_problems_is_refused(tmp_path: Path):
    path = tmp_path / "problems.jsonl"
    path.write_text("\n")
    with pytest.raises(DatasetError, match="has no problem"):
        read_problems(path)
    with pytest.raises(DatasetError):
        read_problems(tmp_path / "none.jsonl")


def test_a_solution_is_tokens_and_back():
    lines = ["12*3", "36", "Answer: 36"]
    assert decode(solution_ids(lines)) == "12*3\n36\nAnswer: 36"
    assert solution_ids(lines)[-1] == IDS[EOS]
    assert decode(prompt_ids("(7+5)*3=?")) == "(7+5)*3=?\n"


def test_every_token_that_can_be_drawn_can_be_written():
    said = "".join(VOCABULARY[IDS[PAUSE] + 1 :])
    assert encode(said) == list(range(IDS[PAUSE] + 1, len(VOCABULARY)))


def test_what_has_no_token_is_refused():
    with pytest.raises(ValueError, match="cannot write"):
        encode("2^3")
