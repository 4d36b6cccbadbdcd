"""The tokens of a byte-level BPE, from a folder's `tokenizer.json`.

llama.cpp splits a text into words by rules that it knows by name. Only tokenizers are read whose
rules are one of these; what they do beyond them is refused, for text would become other tokens.
An added token that is special becomes a control token: the engine finds it in text only where it
is asked to parse special tokens, and never shows it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gguf

from training.gguf.errors import NotWritable
from training.gguf.splitting import rules_of

_NO_MERGES = ("Ā Ā",)
"""An empty list is refused; nobody writes two NULs."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a GGUF file says of tokens.

    Attributes:
        tokens: (V,) their texts, in GPT-2's alphabet of bytes where they are not added.
        kinds: (V,) gguf's types of them.
        rules: llama.cpp's name of how text is split into words.
        marks: ids by gguf's name of what they mark: `bos`, `eos`, `eot`, `eom`, `pad`.
        merges: pairs of tokens, the first to be merged first.
        begun: whether the mark of the beginning is put before a text.
        template: the chat template.
    """

    tokens: Sequence[str]
    kinds: Sequence[gguf.TokenType]
    rules: str
    marks: Mapping[str, int]
    merges: Sequence[str] = field(default=_NO_MERGES)
    begun: bool = False
    template: str | None = None

    def add_to(self, writer: gguf.GGUFWriter) -> None:
        """Say it in a file."""
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre(self.rules)
        writer.add_token_list(self.tokens)
        writer.add_token_types(self.kinds)
        writer.add_token_merges(self.merges)
        for mark, token in self.marks.items():
            getattr(writer, f"add_{mark}_token_id")(token)
        writer.add_add_bos_token(self.begun)
        if self.template is not None:
            writer.add_chat_template(self.template)


def read_vocabulary(directory: Path, size: int) -> Vocabulary:
    """Read the vocabulary of a model whose embedding has `size` rows.

    Rows that no token has are tokens that nobody uses.

    Raises:
        NotWritable: its tokenizer is not byte-level BPE of rules that llama.cpp knows.
    """
    told = _json(directory / "tokenizer.json", directory)
    about = _json(directory / "tokenizer_config.json", directory)
    model = told.get("model") or {}
    if model.get("type") != "BPE":
        raise NotWritable(directory, f"its tokens are made by {model.get('type')}, not by BPE")
    added = {token["content"]: token for token in told.get("added_tokens", ())}
    ids = model["vocab"] | {text: token["id"] for text, token in added.items()}
    _check(directory, ids, added, size)
    tokens, kinds = _table(ids, added, size)
    begun = _begins(told.get("post_processor"))
    return Vocabulary(
        tokens,
        kinds,
        rules_of(directory, told),
        _marks(directory, about, ids),
        [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
        or _NO_MERGES,
        begun is not None and begun == _text(about.get("bos_token")),
        _template(directory, about),
    )


def _check(
    directory: Path, ids: Mapping[str, int], added: Mapping[str, Mapping[str, Any]], size: int
) -> None:
    if max(ids.values()) >= size:
        raise NotWritable(directory, f"it has {max(ids.values()) + 1} tokens and {size} embeddings")
    for text, token in added.items():
        if any(token.get(how) for how in ("lstrip", "rstrip", "single_word")):
            raise NotWritable(directory, f"its token {text!r} takes the space around it")


def _table(
    ids: Mapping[str, int], added: Mapping[str, Mapping[str, Any]], size: int
) -> tuple[list[str], list[gguf.TokenType]]:
    tokens = [f"[PAD{i}]" for i in range(size)]
    kinds = [gguf.TokenType.UNUSED] * size
    for text, i in ids.items():
        tokens[i], kinds[i] = text, gguf.TokenType.NORMAL
    for token in added.values():
        control = token["special"]
        kinds[token["id"]] = gguf.TokenType.CONTROL if control else gguf.TokenType.USER_DEFINED
    return tokens, kinds


def _marks(directory: Path, about: Mapping[str, Any], ids: Mapping[str, int]) -> dict[str, int]:
    """Return what marks what. Of several ends that drawing stops at, the tokenizer's is `eos`."""
    named = {
        mark: ids.get(_text(about.get(f"{mark}_token")) or "") for mark in ("bos", "eos", "pad")
    }
    ends = _ends(directory)
    first = named["eos"] if named["eos"] is not None else next(iter(ends), None)
    others = [end for end in ends if end != first]
    if len(others) > 2:  # noqa: PLR2004
        raise NotWritable(directory, f"drawing stops at {len(ends)} tokens; a file can say three")
    marks = {"bos": named["bos"], "eos": first, "pad": named["pad"]}
    marks |= dict(zip(("eot", "eom"), others, strict=False))
    return {mark: token for mark, token in marks.items() if token is not None}


def _ends(directory: Path) -> list[int]:
    path = directory / "generation_config.json"
    path = path if path.exists() else directory / "config.json"
    ends = _json(path, directory).get("eos_token_id")
    return ends if isinstance(ends, list) else [] if ends is None else [ends]


def _begins(processor: Mapping[str, Any] | None) -> str | None:
    """Return the token that is put before every text, if one is."""
    steps = (processor or {}).get("processors", [processor] if processor else [])
    for step in steps:
        first: Mapping[str, Any] = next(iter(step.get("single") or ()), {})
        if "SpecialToken" in first:
            return str(first["SpecialToken"]["id"])
    return None


def _template(directory: Path, about: Mapping[str, Any]) -> str | None:
    path = directory / "chat_template.jinja"
    if path.exists():
        return path.read_text(encoding="utf-8")
    told = about.get("chat_template")
    if isinstance(told, list):
        told = {each["name"]: each["template"] for each in told}.get("default")
    return told


def _text(token: str | Mapping[str, str] | None) -> str | None:
    return token["content"] if isinstance(token, Mapping) else token


def _json(path: Path, directory: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotWritable(directory, f"its {path.name} cannot be read: {error}") from error
    if not isinstance(told, dict):
        raise NotWritable(directory, f"its {path.name} is no object")
    return told
