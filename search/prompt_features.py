"""What can be counted in a question before anything is drawn for it.

Source: Damani et al. 2024, arXiv:2410.04707, who learn from the question alone what more compute
would gain.
Differs from the paper: a few counts and no model's reading of the question, so that they cost no
call and people can check them.

Knows text only. The same text has the same numbers everywhere; what they say of ease is learned,
see `search.policy.regressor`.
"""

import re
from collections.abc import Mapping
from math import log1p, log10

MOST_CHARACTERS = 32_768
"""Of a text that are looked at, so that a long one takes no longer; the rest has no part in it."""
MOST_DIGITS = 20.0
"""A number of more digits is taken for one of so many."""

# Each is matched in time proportional to the text: nothing that repeats is tried from each place.
_NUMBER = re.compile(r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?")
# Full stop, ! and ? of scripts that put no space after them.
_WIDE = r"\u3002\uff01\uff1f"
_BRACKET = re.compile(r"[()\[\]{}]")
_COUNTED: Mapping[str, re.Pattern[str]] = {
    "lines": re.compile(r"\n"),
    "sentences": re.compile(rf"[.!?](?=\s|$)|[{_WIDE}]"),
    "question_marks": re.compile(r"[?\uff1f]"),
    "numbers": _NUMBER,
    # A - between two letters is a hyphen.
    "operators": re.compile(r"[+*/^=\xd7\xf7\u2212]|(?<![^\W\d_])-|-(?![^\W\d_])"),
    "commands": re.compile(r"\\[A-Za-z]"),
    "code_fences": re.compile(r"^[ \t]*```", re.MULTILINE),
    "options": re.compile(r"(?<![\w(])\(?[A-J]\)|^[A-J][.:](?=\s)", re.MULTILINE),
}


def features(text: str) -> dict[str, float]:
    r"""Return the features of a text, the last user message of a conversation, by name.

    Counts are log(1 + count), as the tenth of something says more than the hundredth:
        characters, words, lines, sentences, question_marks, numbers
        operators      + - * / ^ = and their like
        commands       LaTeX's, such as \frac
        code_fences    lines that begin with ```
        options        to choose from: A) or (A), or A. at the start of a line
        nesting        of brackets within each other, the deepest
        word_length    the mean, in characters
    Others are numbers of their own:
        largest_number log10(1 + the largest number), up to `MOST_DIGITS`
        digits         the share of characters that are digits
        non_ascii      the share of characters that are not ASCII
    """
    seen = text[:MOST_CHARACTERS]
    words = seen.split()
    counts = {name: sum(1 for _ in sign.finditer(seen)) for name, sign in _COUNTED.items()}
    counts |= {"characters": len(seen), "words": len(words), "nesting": _nesting(seen)}
    return {name: log1p(count) for name, count in counts.items()} | {
        "word_length": log1p(sum(map(len, words)) / max(1, len(words))),
        "largest_number": max(map(_magnitude, _NUMBER.findall(seen)), default=0.0),
        "digits": sum(map(str.isdecimal, seen)) / max(1, len(seen)),
        "non_ascii": sum(sign > "\x7f" for sign in seen) / max(1, len(seen)),
    }


def _magnitude(number: str) -> float:
    return min(MOST_DIGITS, log10(1 + float(number.replace(",", ""))))


def _nesting(text: str) -> int:
    depth = deepest = 0
    for bracket in _BRACKET.findall(text):
        depth = depth + 1 if bracket in "([{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return deepest


NAMES = frozenset(features(""))
"""Of all features."""
