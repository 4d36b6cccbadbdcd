"""How a byte-level BPE splits a text into words, by llama.cpp's name of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.gguf.errors import NotWritable

_GPT2 = "gpt-2"
_SMOLLM = "smollm"
_LLAMA3 = "llama-bpe"
LLAMA3_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
"""What Llama 3 calls a word."""


def rules_of(directory: Path, tokenizer: Mapping[str, Any]) -> str:
    """Return llama.cpp's name of how a `tokenizer.json` splits.

    Raises:
        NotWritable: llama.cpp has no name for it.
    """
    if tokenizer.get("normalizer"):
        raise NotWritable(directory, "its tokenizer changes text before it is split")
    first = tokenizer.get("pre_tokenizer") or {}
    name = _named(first.get("pretokenizers", [first]))
    if name is None:
        raise NotWritable(directory, "llama.cpp has no name for how its tokenizer splits text")
    # Words that are tokens are not merged from their parts: llama.cpp does so for this name alone.
    if tokenizer["model"].get("ignore_merges", False) != (name == _LLAMA3):
        raise NotWritable(directory, f"its tokenizer merges words unlike {name!r}")
    return name


def _named(steps: list[Mapping[str, Any]]) -> str | None:
    match steps:
        case [{"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}]:
            return _GPT2
        case [
            {"type": "Digits", "individual_digits": True},
            {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True},
        ]:
            return _SMOLLM
        case [
            {"type": "Split", "pattern": {"Regex": words}, "behavior": "Isolated"},
            {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False},
        ] if words == LLAMA3_WORDS:
            return _LLAMA3
    return None
