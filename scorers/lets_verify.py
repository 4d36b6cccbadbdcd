"""The cheap half of comparing two answers: what can be said without algebra.

Source: Let's Verify Step by Step, arXiv:2305.20050; its grader as published with PRM800K. It would
rather call a right answer wrong than a wrong one right, and so does this.
Differs from the original: numbers are compared exactly; lists are split at the top level only,
brackets or not; words never reach algebra, which takes them for products of letters.
"""

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

Pair: TypeAlias = tuple[str, str]
"""Two normal forms, the true one first, that only algebra can compare."""

MATH_LENGTH = 256
"""Characters of the longest answer that is read as mathematics."""

_MULTIPLES = r"(?:hundred|thousand|million|billion|trillion|dozen)"
_UNITS = (
    r"(?:square|sq|cubic)?\s*(?:degree|(?:centi|milli|kilo)?met(?:er|re)|[ckm]m|mile|second|minute|"
    r"hour|day|week|month|year|foot|feet|inch(?:e)?|yard|percent|dollar|cent)s?(?:\^\{?[23]\}?)?"
)
_WRAPPERS = r"(?:text|textbf|textit|textrm|mathrm|mathbf|mathit|mbox|boxed|fbox)"

_REWRITES = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        ("[\N{MINUS SIGN}\N{EN DASH}]", "-"),
        (r"\\(?:left|right|displaystyle|bigl|bigr|big)(?![a-zA-Z])", ""),
        (r"\\[!,;:%$()\[\]]|[$%\N{DEGREE SIGN}]|\^\s*\{?\\circ\}?", ""),
        (r"\\[dtc]frac(?![a-zA-Z])", r"\\frac"),
        (r"\{,\}", ","),
        (r"(?<=[^\s,]),?(?:\s*\\text\{\s*|\s)(?:and|or)(?:\s*\}|\s)\s*(?=\S)", ","),
        (
            rf"(?<=[\d}})])\s*\\(?:text|mathrm|textrm|mbox)\{{(?!\s*{_MULTIPLES})[^{{}}]*\}}"
            r"(?:\^\{?\d\}?)?$",
            "",
        ),
        (rf"\\{_WRAPPERS}\{{([^{{}}]*)\}}", r"\1"),
        (rf"(?<=[\d}})])\s*{_UNITS}$", ""),
        (r"(?<=\\frac)\s*(\d)\s*(\d)(?!\d)", r"{\1}{\2}"),
        (r"(?<=\\sqrt)\s*(\d)", r"{\1}"),
        (r"^[a-z]{1,2}\s*(?:=|\\in(?![a-zA-Z]))([^=]+)$", r"\1"),
        (r"^([+-]?)(\d+)\s*\\frac\{(\d+)\}\{(\d+)\}$", r"\1\2 \3/\4"),
        (r"^\+?(-?)(\d+) (\d+)/(\d+)$", r"\1\2+\3/\4"),
        (r"(?<!\d) | (?!\d)", ""),
        (r"\^\{(\w)\}", r"^\1"),
        (r"^\{([^{}]*)\}$|^\(([^(),\[\]]*)\)$|^([a-z])[).:]$", r"\1\2\3"),
        (r"[.,;:]+$", ""),
    )
)
_DECIMAL = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+|\d*)(?:\.(\d*))?")
_RATIO = re.compile(r"([+-]?)(?:\\frac\{([+-]?)(\d+)\}\{(\d+)\}|(\d+)/(\d+))")
_MIXED = re.compile(r"(-?)(\d+)\+(\d+)/(\d+)")
_INTEGER = re.compile(r"-?\d+")
_COMMAND = re.compile(r"\\(?:begin|end)\{\w+\*?\}|\\[a-zA-Z]+")
_FUNCTIONS = re.compile(
    r"sqrt|frac|arc(?:sin|cos|tan)|(?:sin|cos|tan|cot|sec|csc)h?|log|exp|max|min|gcd|lcm|mod|det|"
    r"infinity|theta|alpha|beta|gamma|delta|lambda|cdot|times"
)
_WORD = re.compile(r"[^\W\d_]{3,}")
_TOWER = re.compile(r"\^[{(]*-?\d{4,}|\^[{(]*-?[\d.]+[})]*\^|\d{4,}[})]*!")


def normalise(answer: str) -> str:
    """Return the one form of answers that are written differently but plainly the same.

    Answers over `MATH_LENGTH` only lose their case and extra spaces. Idempotent.
    """
    form = _fold(" ".join(answer.split()))
    return form if len(form) > MATH_LENGTH else _settled(form)


@lru_cache(maxsize=4096)
def _settled(form: str) -> str:
    """Rewrite until nothing changes. The samples of a question give the same few."""
    for _ in range(MATH_LENGTH):
        before, form = form, _rewrite(form)
        if form == before:
            break
    return form


def compare(truth: str, given: str) -> bool | tuple[Pair, ...]:
    """Compare two normal forms: equal, or not, or the pairs that must all be equal by algebra."""
    if truth == given:
        return bool(truth)
    (bracket, true_items), (given_bracket, given_items) = _items(truth), _items(given)
    if bracket != given_bracket or len(true_items) != len(given_items):
        return False
    doubts: list[Pair] = []
    for pair in zip(true_items, given_items, strict=True):
        verdict = _compare_items(*pair)
        if verdict is False:
            return False
        if verdict is None:
            doubts.append(pair)
    return tuple(doubts) or True


def is_prose(form: str) -> bool:
    """Whether a normal form holds a word, which in mathematics would be a product of letters."""
    return bool(_WORD.search(_FUNCTIONS.sub(" ", _COMMAND.sub(" ", form))))


def _compare_items(truth: str, given: str) -> bool | None:
    if not truth or not given or truth == given:
        return truth == given and bool(truth)
    if _INTEGER.fullmatch(truth) or _INTEGER.fullmatch(given):
        return False
    value, other = _number(truth), _number(given)
    if value is not None and other is not None:
        unreduced = _RATIO.fullmatch(truth) and _RATIO.fullmatch(given)
        return value == other and not unreduced
    different = _letters(truth, given) or _hopeless(truth) or _hopeless(given)
    return False if different else None


def _hopeless(form: str) -> bool:
    """Whether algebra would make nonsense of a form, or never finish with it."""
    return len(form) > MATH_LENGTH or is_prose(form) or bool(_TOWER.search(form))


def _letters(truth: str, given: str) -> bool:
    """Whether one is a single letter, such as a choice, and the other one too, or a number."""
    letters = sum(len(form) == 1 and form.isalpha() for form in (truth, given))
    return letters + sum(_number(form) is not None for form in (truth, given)) > 1


def _number(form: str) -> Fraction | None:
    if mixed := _MIXED.fullmatch(form):
        sign, whole, numerator, denominator = mixed.groups()
        form = f"{sign}{int(whole) * int(denominator) + int(numerator)}/{denominator}"
    if form.isascii() and (_RATIO.fullmatch(form) or _DECIMAL.fullmatch(form)):
        try:
            return Fraction(form)
        except (ValueError, ZeroDivisionError):
            return None
    return None


def _items(form: str) -> tuple[str, tuple[str, ...]]:
    """Split a list at its top-level commas; return its brackets, if it has some, and its items."""
    if len(form) > MATH_LENGTH:
        return "", (form,)
    ends = form[:1] + form[-1:]
    enclosed = ends in {"()", "[]", "(]", "[)"} and _closes_last(form)
    inner = form[1:-1] if enclosed else form
    items = tuple(map(normalise, _split(inner)))
    return (ends if enclosed else "", items) if len(items) > 1 else ("", (form,))


def _depths(form: str) -> Iterator[tuple[int, str]]:
    depth = 0
    for character in form:
        depth += (character in "([{") - (character in ")]}")
        yield depth, character


def _closes_last(form: str) -> bool:
    """Whether the bracket a form begins with is closed at its end, and not before."""
    depths = [depth for depth, _ in _depths(form)]
    return depths[-1] == 0 not in depths[:-1]


def _split(form: str) -> list[str]:
    return "".join("\n" if at == (0, ",") else at[1] for at in _depths(form)).split("\n")


def _rewrite(form: str) -> str:
    for pattern, replacement in _REWRITES:
        form = pattern.sub(replacement, form).strip()
    form = _fold(form)
    if ratio := _RATIO.fullmatch(form):
        sign, other, *_ = ratio.groups(default="")
        top, bottom = (part for part in ratio.groups()[2:] if part is not None)
        return f"{'-' if (sign == '-') != (other == '-') else ''}{top}/{bottom}"
    return _rewrite_decimal(form)


def _rewrite_decimal(form: str) -> str:
    decimal = _DECIMAL.fullmatch(form)
    if decimal is None or not re.search(r"\d", form):
        return form
    sign, whole, rest = decimal.groups(default="")
    whole, rest = whole.replace(",", "").lstrip("0") or "0", rest.rstrip("0")
    zero = whole == "0" and not rest
    return f"{'-' if sign == '-' and not zero else ''}{whole}{'.' if rest else ''}{rest}"


def _fold(text: str) -> str:
    r"""Fold case, but not in LaTeX commands: `\Delta` is not `\delta`."""
    return re.sub(r"(\\[a-zA-Z]+)|([^\\]+|\\)", lambda m: m[1] or m[2].casefold(), text)
