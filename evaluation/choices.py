"""Questions with options to choose from: how files have them, how they are asked, what was chosen.

Known are, with the right one's letter, number from 0, label or text beside them:
    choices [...]                                  MMLU (arXiv:2009.03300)
    choices {"text": [...], "label": [...]}        ARC (arXiv:1803.05457)
    question {"stem", "choices": [{"text", ...}]}  CommonsenseQA (arXiv:1811.00937)
    options [...] or {"A": ...}                    MMLU-Pro, AQuA, MedQA
"""

import re
from collections.abc import Sequence
from string import ascii_uppercase

from pydantic import JsonValue

from evaluation.entries import Entry, Lacking, Shaped, text_of

LETTERS = ascii_uppercase[:10]
"""The options' letters. A final answer is looked for among as many."""

_FEWEST = 2
_RIGHT = ("answerKey", "answer_idx", "answer_index", "correct", "answer")
"""The fields that may say which option is right, the surest first."""
_ALONE = re.compile(r"[\W_]*(?:\\(?:text|mathrm|mathbf|textbf)\{)?\W*([A-J])[\W_]*")
_BEFORE = re.compile(r"[*_\s]*\(?([A-J])[).:]\s.*", re.DOTALL)
_NAMED = re.compile(r"\b(?:[Oo]ption|[Cc]hoice)\s+[*_(]*([A-J])\b")
_ARGUED = re.compile(r"([A-J]),? (?:as|because|since)\b.*", re.DOTALL)


def choices(entry: Entry) -> Shaped | None:
    """Return a question with its options written below it; `None` if an entry has none.

    Raises:
        Lacking: what has options lacks something else.
    """
    stem = entry.get("question")
    inner = stem if isinstance(stem, dict) else entry
    listed = inner.get("choices", inner.get("options"))
    if listed is None:
        return None
    labels, texts = _listed(listed)
    if not _FEWEST <= len(texts) <= len(LETTERS):
        raise Lacking(f"has {len(texts)} options, which are to be {_FEWEST} to {len(LETTERS)}")
    text = text_of(inner, "stem") if inner is stem else text_of(entry, "question")
    options = _bare(texts)
    return Shaped(_written(text, options), LETTERS[_right(entry, labels, texts, options)], options)


def letter(given: str) -> str | None:
    """Return the letter that an answer chooses: "B", "(B)", "B. Paris", "option B"."""
    for pattern in (_ALONE, _BEFORE, _ARGUED):
        if found := pattern.fullmatch(given):
            return found[1]
    named = _NAMED.findall(given)
    return named[-1] if named else None


def _written(text: str, options: Sequence[str]) -> str:
    lines = (f"({name}) {option}" for name, option in zip(LETTERS, options, strict=False))
    return "\n".join([text, *lines])


def _listed(listed: JsonValue) -> tuple[list[str], list[str]]:
    """Return the (M,) labels and texts of options, however they are written."""
    if isinstance(listed, dict):
        texts, labels = listed.get("text"), listed.get("label")
        if not isinstance(texts, list):
            return list(listed), [_text(option) for option in listed.values()]
        named = labels if isinstance(labels, list) else list(LETTERS[: len(texts)])
        if len(named) != len(texts):
            raise Lacking("has not as many labels as options")
        return list(map(_text, named)), list(map(_text, texts))
    if not isinstance(listed, list):
        raise Lacking("has no list of options")
    pairs = [_pair(place, option) for place, option in enumerate(listed)]
    return [label for label, _ in pairs], [text for _, text in pairs]


def _pair(place: int, option: JsonValue) -> tuple[str, str]:
    if isinstance(option, dict):
        return text_of(option, "label"), text_of(option, "text")
    return ascii_uppercase[place % len(ascii_uppercase)], _text(option)


def _text(option: JsonValue) -> str:
    if isinstance(option, bool) or not isinstance(option, str | int | float):
        raise Lacking("has an option that is not text")
    if not str(option).strip():
        raise Lacking("has an empty option")
    return str(option).strip()


def _bare(texts: Sequence[str]) -> tuple[str, ...]:
    """Return options without the letters they may all begin with: AQuA's "A)21"."""
    found = [re.match(rf"\(?{name}[).:]\s*(?=\S)", text)
             for name, text in zip(LETTERS, texts, strict=False)]  # fmt: skip
    begun = [match.end() for match in found if match]
    if len(begun) < len(texts):
        return tuple(texts)
    return tuple(text[end:] for text, end in zip(texts, begun, strict=True))


def _right(
    entry: Entry, labels: Sequence[str], texts: Sequence[str], options: Sequence[str]
) -> int:
    """Return the place of the right option."""
    field = next((name for name in _RIGHT if name in entry), None)
    if field is None:
        raise Lacking(f"has none of the fields {', '.join(_RIGHT)}, one of which is the answer")
    value = entry[field]
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(texts):
        return value
    if isinstance(value, str):
        said = value.strip()
        for names in (labels, LETTERS[: len(texts)], texts, options):
            if list(names).count(said) == 1:
                return list(names).index(said)
    raise Lacking(f"has none of its options as `{field}`")
