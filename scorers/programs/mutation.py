"""Inputs like those that tests have, for telling programs apart: made by chance, from a seed.

Source: type-aware mutation, EvalPlus, arXiv:2305.01210, section 2.1: a value is replaced by a
different one of its type, and a part of it by a different part.
Differs from the paper: no input is checked to be valid, as there is no contract to check it by; and
what a program reads is mutated, too: one of its words, by the same rules.
"""

import json
import re
from collections.abc import Sequence
from random import Random
from typing import cast

from pydantic import JsonValue

from scorers.programs.running import Case

_WORD = re.compile(r"\S+")
_WHOLE = re.compile(r"[-+]?\d{1,18}")
_TRIES = 8
_FARTHEST = 1000


def inputs_like(cases: Sequence[Case], most: int, seed: int) -> list[Case]:
    """Return (M,) different inputs, M up to `most`: those there are, and mutations of them.

    Args:
        cases: of kind `call` or `stdio`; see `scorers.programs.running`.
        most: inputs in all.
        seed: the same gives the same inputs for the same cases.
    """
    found = {json.dumps(case, sort_keys=True): case for case in cases}
    seeds = list(found.values())[:most]
    chance = Random(f"{seed} {json.dumps(seeds)}")  # noqa: S311 - variety, not secrecy
    for _ in range(_TRIES * most if seeds else 0):
        if len(found) >= most:
            break
        case = mutated(chance.choice(list(found.values())), chance)
        found.setdefault(json.dumps(case, sort_keys=True), case)
    return list(found.values())[:most]


def mutated(case: Case, chance: Random) -> Case:
    """Return an input with one of its values changed; as it is, if it has none."""
    if case["kind"] == "stdio":
        return {**case, "stdin": _word(str(case["stdin"]), chance)}
    arguments = list(cast("Sequence[JsonValue]", case["arguments"]))
    if not arguments:
        return case
    place = chance.randrange(len(arguments))
    arguments[place] = value_like(arguments[place], chance)
    return {**case, "arguments": arguments}


def value_like(value: JsonValue, chance: Random) -> JsonValue:
    """Return another value of the same type; of lists and objects, one with another part."""
    match value:
        case bool() | int() | float():
            return _number(value, chance)
        case str():
            return _text(value, chance)
        case list():
            return _list(value, chance)
        case dict() if value:
            key = chance.choice(sorted(value))
            return {**value, key: value_like(value[key], chance)}
        case _:
            return value


def _number(value: float, chance: Random) -> float:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return _whole(value, chance)
    return chance.choice((value + 1, -value, value * 2, value / 2, 0.0))


def _whole(value: int, chance: Random) -> int:
    near = (value + 1, value - 1, -value, 2 * value, value // 2, 0, 1)
    return chance.choice((*near, chance.randint(-_FARTHEST, _FARTHEST)))


def _text(value: str, chance: Random) -> str:
    if not value:
        return chance.choice(("a", " ", "ab", "A1"))
    place = chance.randrange(len(value))
    before, here, after = value[:place], value[place], value[place + 1 :]
    other = chance.choice(value)
    return chance.choice(
        (before + after, before + here + value[place:], before + other + after, value[::-1], "",
         before + here.swapcase() + after)
    )  # fmt: skip


def _list(value: list[JsonValue], chance: Random) -> list[JsonValue]:
    if not value:
        return value
    place = chance.randrange(len(value))
    changed = [*value[:place], value_like(value[place], chance), *value[place + 1 :]]
    fewer, more = [*value[:place], *value[place + 1 :]], [*value, value[place]]
    # As often as all other ways together: it reaches deepest.
    return chance.choice((changed, changed, changed, changed, fewer, more, value[::-1], []))


def _word(text: str, chance: Random) -> str:
    words = list(_WORD.finditer(text))
    if not words:
        return text
    word = chance.choice(words)
    said = word[0]
    new = str(_whole(int(said), chance)) if _WHOLE.fullmatch(said) else _text(said, chance)
    return text[: word.start()] + new + text[word.end() :]
