"""Pairs of an instruction and its response are read in each form, and written again in it."""

import json
from pathlib import Path

import pytest

from engines.conversation import Message
from training.pairs import PairError, read_pair, read_pairs

ALPACA = {"instruction": "Add.", "input": "2, 3", "output": "5"}
SHAREGPT = {"conversations": [{"from": "human", "value": "2+3?"}, {"from": "gpt", "value": "5"}]}
CHAT = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": "2+3?"},
        {"role": "assistant", "content": "5"},
    ]
}


def test_an_input_is_the_instructions_last_lines() -> None:
    pair = read_pair(ALPACA)
    assert (pair.instruction, pair.response, pair.form) == ("Add.\n2, 3", "5", "alpaca")
    assert read_pair(ALPACA | {"input": ""}).instruction == "Add."


def test_the_last_instruction_is_the_pairs_and_turns_before_it_stay() -> None:
    pair = read_pair(CHAT)
    assert (pair.instruction, pair.response) == ("2+3?", "5")
    assert pair.before[0] == Message("system", "Be brief.")
    assert pair.conversation.messages[-1] == Message("user", "2+3?")


@pytest.mark.parametrize("row", [SHAREGPT, CHAT, ALPACA | {"input": ""}])
def test_a_pair_is_written_as_it_was_read(row) -> None:
    assert read_pair(row).row == row


@pytest.mark.parametrize("write", [json.dumps, lambda rows: "\n\n".join(map(json.dumps, rows))])
def test_a_file_is_lines_or_one_list(tmp_path: Path, write) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text(write([ALPACA, SHAREGPT, CHAT]))
    assert [pair.form for pair in read_pairs(file)] == ["alpaca", "sharegpt", "chat"]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ([], "is not a JSON object"),
        ({"text": "x"}, "has none of `instruction`, `conversations` and `messages`"),
        ({"instruction": " ", "output": "x"}, "has an empty `instruction`"),
        ({"instruction": "x"}, "has no text as `output`"),
        ({"messages": CHAT["messages"][:-1]}, "does not end in a user's turn and an assistant's"),
        ({"messages": [3, 4]}, "has a turn that is no object"),
        ({"messages": "ab"}, "has no turns of an instruction and its response"),
        ({"conversations": [{"from": "x", "value": "y"}] * 2}, "has a turn of 'x'"),
    ],
)
def test_a_line_that_is_none_is_named(tmp_path: Path, row, why) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text(f"{json.dumps(ALPACA)}\n{json.dumps(row)}\n")
    with pytest.raises(PairError) as caught:
        list(read_pairs(file))
    assert str(caught.value).startswith(f"{file}, line 2: {why}")
