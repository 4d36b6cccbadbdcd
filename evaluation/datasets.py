r"""Questions with known answers, from the files people publish them in.

A file is a JSON list or one JSON object a line. Each entry's own fields say which shape it has:
    question, answer           GSM8K (arXiv:2110.14168): the truth follows "####" or is all
    problem, answer|solution   MATH (arXiv:2103.03874): the truth is the answer or in \boxed{}
    sQuestion, lSolutions      MultiArith (arXiv:1608.01413): the truth is a list of one number
    Body, Question, Answer     SVAMP (arXiv:2103.07191): the question follows its story
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from pydantic import JsonValue

Entry: TypeAlias = Mapping[str, JsonValue]

_THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
_WHOLE = re.compile(r"([-+]?\d+)\.0+")


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask, and the answer known to be right.

    `id` is a hash of both, so it stays the same wherever the question stands and whatever else is
    in the file. A question that occurs again has its number after a dot: "1f0c3a77b2d4.2".
    """

    id: str
    text: str
    truth: str


class DatasetError(Exception):
    """A file of questions cannot be read: `path`, and `place` in it ("line 3", "entry 3")."""

    def __init__(self, path: Path, place: str | None, what: str) -> None:
        super().__init__(f"{path}{f', {place}' if place else ''}: {what}")
        self.path, self.place = path, place


def load(path: Path) -> tuple[Question, ...]:
    """Read every question of a file, in its order.

    Raises:
        DatasetError: the file cannot be read, an entry lacks something, or there is no entry.
    """
    questions: list[Question] = []
    seen: Counter[str] = Counter()
    for place, entry in _entries(path):
        try:
            text, truth = _read(entry)
        except _Lacking as error:
            raise DatasetError(path, place, str(error)) from None
        name = hashlib.sha256(f"{text}\n{truth}".encode()).hexdigest()[:12]
        seen[name] += 1
        again = f".{seen[name]}" if seen[name] > 1 else ""
        questions.append(Question(name + again, text, truth))
    if not questions:
        raise DatasetError(path, None, "holds no questions")
    return tuple(questions)


def sample(questions: Sequence[Question], limit: int | None, seed: int) -> tuple[Question, ...]:
    """Shuffle by `seed` and take the first `limit`, all of them if it is `None`.

    The order is that of SHA-256 of seed and id: the same on every machine, and the first 20 are
    among the first 50.
    """

    def place(question: Question) -> bytes:
        return hashlib.sha256(f"{seed}/{question.id}".encode()).digest()

    return tuple(sorted(questions, key=place)[:limit])


class _Lacking(Exception):
    """What an entry lacks."""


def _entries(path: Path) -> Iterator[tuple[str, JsonValue]]:
    try:
        content = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise DatasetError(path, None, f"cannot be read: {reason}") from error
    if content.lstrip().startswith("["):
        listed = _parsed(path, content, 1)
        assert isinstance(listed, list)
        yield from ((f"entry {i}", entry) for i, entry in enumerate(listed, 1))
        return
    for number, line in enumerate(content.split("\n"), 1):
        if line.strip():
            yield f"line {number}", _parsed(path, line, number)


def _parsed(path: Path, text: str, first_line: int) -> JsonValue:
    try:
        value: JsonValue = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {first_line + error.lineno - 1}"
        raise DatasetError(path, place, f"is not JSON: {error.msg}") from error
    return value


def _read(entry: JsonValue) -> tuple[str, str]:
    if not isinstance(entry, dict):
        raise _Lacking("is not a JSON object")
    for field, shape in _SHAPES.items():
        if field in entry:
            text, truth = shape(entry)
            return text.strip(), truth
    raise _Lacking(f"has none of the fields {', '.join(_SHAPES)}, one of which holds the question")


def _gsm8k(entry: Entry) -> tuple[str, str]:
    return _text(entry, "question"), _truth(entry, "answer")


def _math(entry: Entry) -> tuple[str, str]:
    if "answer" in entry or "solution" not in entry:
        return _text(entry, "problem"), _truth(entry, "answer")
    boxed = _boxed(_text(entry, "solution"))
    if boxed is None:
        raise _Lacking(r"has no \boxed{} in `solution`")
    return _text(entry, "problem"), _clean(boxed)


def _multiarith(entry: Entry) -> tuple[str, str]:
    solutions = entry.get("lSolutions")
    if not isinstance(solutions, list) or len(solutions) != 1:
        raise _Lacking("has no list of one number as `lSolutions`")
    return _text(entry, "sQuestion"), _truth({"lSolutions": solutions[0]}, "lSolutions")


def _svamp(entry: Entry) -> tuple[str, str]:
    text = f"{_text(entry, 'Body').strip()} {_text(entry, 'Question').strip()}"
    return text, _truth(entry, "Answer")


_SHAPES: Mapping[str, Callable[[Entry], tuple[str, str]]] = {
    "question": _gsm8k,
    "problem": _math,
    "sQuestion": _multiarith,
    "Body": _svamp,
}
"""How to read an entry, by the field that gives its shape away."""


def _text(entry: Entry, field: str) -> str:
    value = entry.get(field)
    if not isinstance(value, str) or not value.strip():
        raise _Lacking(f"has no text as `{field}`")
    return value


def _truth(entry: Entry, field: str) -> str:
    value = entry.get(field)
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        truth = _clean(str(value))
        if truth:
            return truth
    raise _Lacking(f"has no answer as `{field}`")


def _clean(truth: str) -> str:
    """Return what follows the last "####", without separators of thousands or a fraction of 0."""
    bare = truth.rpartition("####")[2].strip()
    if _THOUSANDS.fullmatch(bare):
        bare = bare.replace(",", "")
    whole = _WHOLE.fullmatch(bare)
    return whole[1] if whole else bare


def _boxed(solution: str) -> str | None:
    r"""Return what is in the last \boxed{}, whose braces may nest; `None` if none is closed."""
    start = solution.rfind(r"\boxed{")
    if start < 0:
        return None
    depth = 0
    for place in range(start := start + len(r"\boxed"), len(solution)):
        depth += {"{": 1, "}": -1}.get(solution[place], 0)
        if depth == 0:
            return solution[start + 1 : place].strip() or None
    return None
