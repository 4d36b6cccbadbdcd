"""Whether what a program printed or returned is what it was to: outside the sandbox.

Values come as `scorers.programs.harness` encodes them: JSON as it is; `{"int": hex}` for large
integers; `{"float": "nan" | "inf" | "-inf"}`; `{"set": [...]}`; `{"dict": [[key, value], ...]}`;
`{"repr": text}` for all else. A tuple comes as a list.
"""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from math import isclose, isnan
from typing import Any

from pydantic import JsonValue
from typing_extensions import override

RELATIVE = 1e-6
"""Floats this close are equal; and this by a thousandth, where the right one is 0."""
_LONGEST_NUMBER = 1000
_SHOWN = 200


def same_output(expected: str, given: str) -> bool:
    """Say whether two outputs are the same, line by line without the space around them.

    Lines that differ are the same if they are the same numbers, as decimals: LiveCodeBench's rule,
    arXiv:2403.07974.
    """
    wanted, had = _lines(expected), _lines(given)
    return len(wanted) == len(had) and all(map(_same_line, wanted, had))


def same_value(expected: JsonValue, given: object) -> bool:
    """Say whether an encoded value is the one expected.

    Numbers are equal by value, with a float among them up to 1e-6 of it; NaN equals NaN. A set
    equals the list of its elements in any order, and a whole number among the keys of a
    dictionary its digits, as JSON has neither; what JSON cannot say at all equals its `repr`.
    """
    given = _decoded(given)
    if isinstance(given, dict):
        return _same_tagged(expected, given)
    if isinstance(expected, int | float) and isinstance(given, int | float):
        return _same_number(expected, given)
    if isinstance(expected, list) and isinstance(given, list):
        return len(expected) == len(given) and all(map(same_value, expected, given))
    return type(expected) is type(given) and expected == given


def canonical(given: object) -> str:
    """Return a text of an encoded value that is the same for equal ones.

    Floats have six digits in it, and are whole numbers if they say so.
    """
    given = _decoded(given)
    match given:
        case float():
            return str(int(given)) if given.is_integer() else f"{given:.6g}"
        case list():
            return f"[{', '.join(map(canonical, given))}]"
        case {"set": list(elements)}:
            return "{" + ", ".join(sorted(map(canonical, elements))) + "}"
        case {"dict": list(pairs)}:
            inner = sorted(f"{canonical(key)}: {canonical(value)}" for key, value in pairs)
            return "{" + ", ".join(inner) + "}"
        case _:
            return repr(given)


def canonical_output(text: str) -> str:
    """Return an output without the space around its lines."""
    return "\n".join(_lines(text))


def shown_value(given: object) -> str:
    """Return an encoded value as Python writes it, shortened."""
    return shortened(repr(_plain(given)))


def shortened(text: str, most: int = _SHOWN) -> str:
    """Return a text with its middle left out, if it is longer than `most` characters."""
    if len(text) <= most:
        return text
    return f"{text[: most // 2]} ... {text[-most // 3 :]}"


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().split("\n")]


def _same_line(expected: str, given: str) -> bool:
    if expected == given:
        return True
    wanted, had = _decimals(expected), _decimals(given)
    return wanted is not None and wanted == had


def _decimals(line: str) -> list[Decimal] | None:
    words = line.split()
    if any(len(word) > _LONGEST_NUMBER for word in words):
        return None
    try:
        return [Decimal(word) for word in words]
    except InvalidOperation:
        return None


def _decoded(given: object) -> object:
    match given:
        case {"int": str(digits)}:
            return int(digits, 16)
        case {"float": str(name)}:
            return float(name)
        case _:
            return given


def _same_number(expected: float, given: float) -> bool:
    if isinstance(expected, int) and isinstance(given, int):
        return expected == given
    if isnan(expected) or isnan(given):
        return isnan(expected) and isnan(given)
    try:
        return isclose(expected, given, rel_tol=RELATIVE, abs_tol=RELATIVE / 1000)
    except OverflowError:  # an integer that no float comes near
        return False


def _same_tagged(expected: JsonValue, given: dict[Any, Any]) -> bool:
    match given:
        case {"set": list(elements)}:
            return isinstance(expected, list) and _same_set(expected, elements)
        case {"dict": list(pairs)}:
            return isinstance(expected, dict) and _same_dict(expected, pairs)
        case {"repr": str(text)}:
            return expected == text
        case _:
            return False


def _same_set(expected: Sequence[JsonValue], given: Sequence[object]) -> bool:
    left = list(expected)
    for element in given:
        place = next((i for i, one in enumerate(left) if same_value(one, element)), None)
        if place is None:
            return False
        left.pop(place)
    return not left


def _same_dict(expected: dict[str, JsonValue], pairs: Sequence[Any]) -> bool:
    given = {_key(key): value for key, value in pairs}
    if len(given) != len(pairs) or given.keys() != expected.keys():
        return False
    return all(same_value(value, given[key]) for key, value in expected.items())


def _key(key: object) -> object:
    whole = isinstance(key, int) and not isinstance(key, bool)
    # What cannot be hashed, or is no key of JSON's, equals no key.
    return str(key) if whole or isinstance(key, str) else ("other", repr(key))


def _plain(given: object) -> object:
    given = _decoded(given)
    match given:
        case list():
            return [_plain(one) for one in given]
        case {"set": list(elements)}:
            return _Written("{" + ", ".join(repr(_plain(e)) for e in elements) + "}")
        case {"dict": list(pairs)}:
            inner = ", ".join(f"{_plain(key)!r}: {_plain(value)!r}" for key, value in pairs)
            return _Written("{" + inner + "}")
        case {"repr": str(text)}:
            return _Written(text)
        case _:
            return given


class _Written:
    """Something that is written as this text."""

    def __init__(self, text: str) -> None:
        self._text = text

    @override
    def __repr__(self) -> str:
        return self._text
