"""An entry of a file of questions, and its fields. Knows no shapes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pydantic import JsonValue

from evaluation.programs.task import ProgramTask

Entry: TypeAlias = Mapping[str, JsonValue]

_THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
_WHOLE = re.compile(r"([-+]?\d+)\.0+")


class Lacking(Exception):
    """What an entry lacks."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """What an entry asks: its text, the true answer, the options to choose from, its own id.

    `program` is how it is tested, if it asks for a program.
    """

    text: str
    truth: str
    options: tuple[str, ...] = ()
    id: str | None = None
    program: ProgramTask | None = None


def for_program(text: str, task: ProgramTask, shown: Sequence[str] = ()) -> Shaped:
    """Return a question that asks for a program, with the tests that it shows."""
    parts = [text.strip()]
    if shown:
        tests = "\n".join(shown)
        parts.append(f"The program is to pass tests like this one:\n```python\n{tests}\n```")
    parts.append("Answer with one complete Python program in a ```python block.")
    return Shaped("\n\n".join(parts), task.truth, program=task)


def text_of(entry: Entry, field: str) -> str:
    """Return a field's text, without space around it.

    Raises:
        Lacking: it has none.
    """
    value = entry.get(field)
    if not isinstance(value, str) or not value.strip():
        raise Lacking(f"has no text as `{field}`")
    return value.strip()


def truth_of(entry: Entry, field: str) -> str:
    """Return the answer a field holds; see `clean`.

    Raises:
        Lacking: it holds none.
    """
    value = entry.get(field)
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        truth = clean(str(value))
        if truth:
            return truth
    raise Lacking(f"has no answer as `{field}`")


def clean(truth: str) -> str:
    """Return what follows the last "####", without separators of thousands or a fraction of 0."""
    bare = truth.rpartition("####")[2].strip()
    if _THOUSANDS.fullmatch(bare):
        bare = bare.replace(",", "")
    whole = _WHOLE.fullmatch(bare)
    return whole[1] if whole else bare
