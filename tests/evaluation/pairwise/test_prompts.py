import json
from pathlib import Path
from typing import Any

import pytest

from evaluation.datasets import DatasetError
from evaluation.pairwise.prompts import name_of, read_answers, read_prompts

USER = {"role": "user", "content": "Hi?"}
HUMAN = {"from": "human", "value": "Hi?"}


def lines(folder: Path, *rows: Any) -> Path:
    path = folder / "prompts.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "Hi?"},
        {"question": "Hi?", "answer": "4"},
        {"messages": [USER]},
        {"messages": [USER, {"role": "assistant", "content": "Hello"}]},
        {"conversations": [HUMAN]},
        {"conversations": [HUMAN, {"from": "gpt", "value": "Hello"}]},
        {"instruction": "Hi?"},
        {"instruction": "Hi?", "input": "", "output": "Hello"},
    ],
)
def test_every_form_of_a_prompt_is_the_same_prompt(row: dict[str, Any], tmp_path: Path) -> None:
    [asked] = read_prompts(lines(tmp_path, row))
    assert (asked.text, len(asked.conversation.messages)) == ("Hi?", 1)
    assert asked.id == name_of(asked.conversation)


def test_the_same_prompt_twice_is_two_prompts(tmp_path: Path) -> None:
    one, two = read_prompts(lines(tmp_path, {"prompt": "Hi?"}, {"messages": [USER]}))
    assert two.id == f"{one.id}.2"


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "Hi?", "response": "Hello"},
        {"messages": [USER, {"role": "assistant", "content": "Hello"}]},
        {"instruction": "Hi?", "output": "Hello"},
    ],
)
def test_an_answer_is_found_by_its_prompt_in_whatever_form(
    row: dict[str, Any], tmp_path: Path
) -> None:
    answers = read_answers(lines(tmp_path, row))
    [asked] = read_prompts(lines(tmp_path, {"prompt": "Hi?"}))
    assert answers == {asked.id: "Hello"}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"prompt": ""}, "line 2: has no text as `prompt`"),
        ([1], "line 2: is not a JSON object"),
        ({"text": "Hi?"}, "line 2: has none of"),
        ({"messages": []}, "line 2: has no turns"),
        ({"messages": [{"role": "robot", "content": "Hi?"}]}, "line 2: has a turn of 'robot'"),
    ],
)
def test_what_is_no_prompt_is_named_with_its_line(row: Any, why: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=why):
        read_prompts(lines(tmp_path, {"prompt": "Hi?"}, row))


def test_a_prompt_without_a_response_is_no_answer(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="line 1: has no text as `response`"):
        read_answers(lines(tmp_path, {"prompt": "Hi?"}))


def test_a_file_without_prompts_or_answers_is_an_error(tmp_path: Path) -> None:
    for read in (read_prompts, read_answers):
        with pytest.raises(DatasetError, match="holds no"):
            read(lines(tmp_path))
