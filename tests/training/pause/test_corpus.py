from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.pause.corpus import CorpusError, packed, read_texts

END = 0
TEXTS = st.lists(st.lists(st.integers(1, 9), max_size=12), max_size=12)


def test_texts_are_read_from_lines_of_json_and_empty_ones_are_skipped(tmp_path: Path):
    file = tmp_path / "a.jsonl"
    file.write_text('{"text": "one\\n"}\n\n{"text": " "}\n{"text": "two", "source": "x"}\n')
    assert list(read_texts(file)) == ["one\n", "two"]


def test_another_file_is_one_text(tmp_path: Path):
    (tmp_path / "a.txt").write_text("one\n\ntwo\n")
    assert list(read_texts(tmp_path / "a.txt")) == ["one\n\ntwo\n"]


@pytest.mark.parametrize(
    ("line", "what"),
    [("{", "line 2: is not JSON"), ('{"txt": "a"}', "no text as `text`"), ("[]", "no text")],
)
def test_a_line_without_a_text_is_named(tmp_path: Path, line: str, what: str):
    (tmp_path / "a.jsonl").write_text(f'{{"text": "one"}}\n{line}\n')
    with pytest.raises(CorpusError, match=what):
        list(read_texts(tmp_path / "a.jsonl"))


@pytest.mark.parametrize("name", ["none.txt", "bytes.txt"])
def test_a_file_that_is_no_text_is_named(tmp_path: Path, name: str):
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CorpusError, match=name):
        list(read_texts(tmp_path / name))


def test_a_text_goes_on_in_the_next_row_and_is_ended():
    assert list(packed([[1, 2, 3], [4, 5]], END, 4)) == [(1, 2, 3, END), (4, 5, END)]
    assert list(packed([[1, 2, 3], [4]], END, 3)) == [(1, 2, 3), (END, 4, END)]


def test_a_text_that_is_ended_already_is_not_ended_twice():
    assert list(packed([[1, END], [2]], END, 8)) == [(1, END, 2, END)]


@given(TEXTS, st.integers(3, 8))
def test_rows_are_all_tokens_in_order_and_of_one_length_but_the_last(
    texts: list[list[int]], length: int
):
    rows = list(packed(texts, END, length))
    there = [token for text in texts for token in (*text, END)]
    kept = [token for row in rows for token in row]
    assert all(len(row) == length for row in rows[:-1])
    assert kept == there[: len(kept)]
    assert len(there) - len(kept) < 3
