"""What a teacher wrote between marks. Its other words are reflection, and of no further use."""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from training.recycle.prompts import PLACES

Reading: TypeAlias = Literal["read", "no_mark", "no_end", "empty"]
"""Whether a text was read, or why not: its mark is not there, or the one that ends it, or nothing
of the teacher's own is between the two."""

_MARKS = {
    "new_instruction": "New Instruction",
    "new_answer": "New Answer",
    "better_answer": "Better Answer",
}
_ANY = "|".join(_MARKS.values())


@dataclass(frozen=True, slots=True)
class Read:
    """The (N,) texts of a reply, or none of them if one cannot be read; `how` says why."""

    texts: tuple[str, ...]
    how: Reading = "read"


def read_instruction(reply: str) -> Read:
    """Read a new instruction and its answer."""
    return _all(reply, "new_instruction", "new_answer")


def read_response(reply: str) -> Read:
    """Read a better answer."""
    return _all(reply, "better_answer")


def _all(reply: str, *names: str) -> Read:
    found = [_between(reply, name) for name in names]
    wrong = next((read for read in found if read.how != "read"), None)
    return wrong or Read(tuple(text for read in found for text in read.texts))


def _between(reply: str, name: str) -> Read:
    """Read from a mark to the first end after it, with no other mark between them."""
    mark = re.escape(_MARKS[name])
    found = re.search(
        rf"\[{mark}\]((?:(?!\[(?:{_ANY})\]).)*?)\[End\]", reply, re.DOTALL | re.IGNORECASE
    )
    if found is None:
        marked = re.search(rf"\[{mark}\]", reply, re.IGNORECASE)
        return Read((), "no_end" if marked else "no_mark")
    text = found[1].strip()
    return Read((text,)) if text and text != PLACES[name] else Read((), "empty")
