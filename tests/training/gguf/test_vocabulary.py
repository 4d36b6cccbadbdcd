import json
from pathlib import Path
from typing import Any

import pytest
from gguf import TokenType

from tests.training.gguf.world import ADDED, BEGIN, END, GPT2, PAUSE, SIZE, folder, tokenizer
from training.gguf.errors import NotWritable
from training.gguf.splitting import LLAMA3_WORDS
from training.gguf.vocabulary import read_vocabulary

BYTE_LEVEL = GPT2 | {"use_regex": False}
DIGITS = {"type": "Digits", "individual_digits": True}
LLAMA3 = {"type": "Split", "pattern": {"Regex": LLAMA3_WORDS}, "behavior": "Isolated"}
MODEL = tokenizer()["model"]


def in_turn(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Sequence", "pretokenizers": list(steps)}


def test_a_special_token_is_a_control_token_and_other_added_ones_are_text(tmp_path: Path):
    added = tokenizer()["added_tokens"]
    added[0]["special"] = False
    found = read_vocabulary(folder(tmp_path, added_tokens=added), SIZE)
    kinds = {found.tokens[i]: found.kinds[i] for i in (0, *ADDED.values())}
    assert kinds == {
        found.tokens[0]: TokenType.NORMAL,
        "<begin>": TokenType.USER_DEFINED,
        "<end>": TokenType.CONTROL,
        "<pause>": TokenType.CONTROL,
    }


def test_rows_without_a_token_are_tokens_that_nobody_uses(tmp_path: Path):
    found = read_vocabulary(folder(tmp_path), SIZE + 2)
    assert found.tokens[PAUSE:] == ["<pause>", f"[PAD{SIZE}]", f"[PAD{SIZE + 1}]"]
    assert found.kinds[SIZE:] == [TokenType.UNUSED] * 2


def test_more_tokens_than_rows_are_refused(tmp_path: Path):
    with pytest.raises(NotWritable, match=f"{SIZE} tokens and {SIZE - 1} embeddings"):
        read_vocabulary(folder(tmp_path), SIZE - 1)


@pytest.mark.parametrize("written", [["a b", "ab c"], [["a", "b"], ["ab", "c"]]])
def test_merges_are_read_in_either_form(tmp_path: Path, written: list[Any]):
    where = folder(tmp_path, model=MODEL | {"merges": written})
    assert read_vocabulary(where, SIZE).merges == ["a b", "ab c"]


@pytest.mark.parametrize(
    ("splits", "whole_words", "rules"),
    [
        (GPT2, False, "gpt-2"),
        (in_turn(DIGITS, GPT2), False, "smollm"),
        (in_turn(LLAMA3, BYTE_LEVEL), True, "llama-bpe"),
    ],
)
def test_how_it_splits_has_llama_cpps_name(
    tmp_path: Path, splits: dict[str, Any], whole_words: bool, rules: str
):
    model = MODEL | {"ignore_merges": whole_words}
    where = folder(tmp_path, pre_tokenizer=splits, model=model)
    assert read_vocabulary(where, SIZE).rules == rules


@pytest.mark.parametrize(
    ("tokens", "said"),
    [
        ({"pre_tokenizer": {"type": "Whitespace"}}, "no name"),
        ({"pre_tokenizer": None}, "no name"),
        ({"pre_tokenizer": GPT2 | {"add_prefix_space": True}}, "no name"),
        ({"pre_tokenizer": in_turn(LLAMA3 | {"pattern": {"Regex": "x"}}, BYTE_LEVEL)}, "no name"),
        ({"model": MODEL | {"ignore_merges": True}}, "merges words unlike 'gpt-2'"),
        ({"pre_tokenizer": in_turn(LLAMA3, BYTE_LEVEL)}, "merges words unlike 'llama-bpe'"),
        ({"normalizer": {"type": "NFC"}}, "changes text"),
        ({"model": MODEL | {"type": "Unigram"}}, "made by Unigram"),
        ({"added_tokens": [tokenizer()["added_tokens"][0] | {"lstrip": True}]}, "'<begin>' takes"),
    ],
)
def test_a_tokenizer_that_would_split_otherwise_is_refused(
    tmp_path: Path, tokens: dict[str, Any], said: str
):
    with pytest.raises(NotWritable, match=said):
        read_vocabulary(folder(tmp_path, **tokens), SIZE)


def test_marks_are_named_and_further_ends_kept(tmp_path: Path):
    where = folder(tmp_path)
    (where / "generation_config.json").write_text(json.dumps({"eos_token_id": [PAUSE, END]}))
    found = read_vocabulary(where, SIZE)
    assert found.marks == {"bos": BEGIN, "eos": END, "eot": PAUSE}


def test_more_ends_than_a_file_can_say_are_refused(tmp_path: Path):
    where = folder(tmp_path, {"eos_token_id": [0, 1, 2, END]})
    with pytest.raises(NotWritable, match="stops at 4 tokens"):
        read_vocabulary(where, SIZE)


@pytest.mark.parametrize(
    ("single", "begun"),
    [([{"SpecialToken": {"id": "<begin>"}}, {"Sequence": {"id": "A"}}], True),
     ([{"Sequence": {"id": "A"}}], False)],
)  # fmt: skip
def test_a_text_is_begun_as_the_tokenizer_begins_it(tmp_path: Path, single: list[Any], begun: bool):
    steps = [{"type": "ByteLevel"}, {"type": "TemplateProcessing", "single": single}]
    where = folder(tmp_path, post_processor={"type": "Sequence", "processors": steps})
    assert read_vocabulary(where, SIZE).begun is begun


def test_a_template_is_found_where_either_version_puts_it(tmp_path: Path):
    where = folder(tmp_path)
    old = read_vocabulary(where, SIZE).template
    (where / "chat_template.jinja").write_text("new")
    assert (old, read_vocabulary(where, SIZE).template) == (
        "<begin>{{ messages[0].content }}",
        "new",
    )


def test_a_folder_without_a_tokenizer_is_refused(tmp_path: Path):
    (folder(tmp_path) / "tokenizer.json").unlink()
    with pytest.raises(NotWritable, match=r"tokenizer\.json cannot be read"):
        read_vocabulary(tmp_path, SIZE)
