r"""How questions are written in the files people publish them in, and what each shape means.

An entry's own fields say which shape it has:
    question, answer           GSM8K (arXiv:2110.14168): the truth follows "####" or is all
    problem, answer|solution   MATH (arXiv:2103.03874): the truth is the answer or in \boxed{}
    sQuestion, lSolutions      MultiArith (arXiv:1608.01413): the truth is a list of one number
    Body, Question, Answer     SVAMP (arXiv:2103.07191): the question follows its story
    choices or options         multiple choice; see `evaluation.choices`
    what asks for a program    HumanEval, MBPP, LiveCodeBench; see `evaluation.programs.shapes`
Or the caller says which fields hold question and answer. Knows entries, not files.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pydantic import JsonValue

from evaluation.choices import choices
from evaluation.entries import Entry, Lacking, Shaped, clean, text_of, truth_of
from evaluation.programs.shapes import programs


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields that hold question, answer and id; what is `None` the entry's shape decides."""

    question: str | None = None
    answer: str | None = None
    id: str | None = None

    @property
    def told(self) -> bool:
        """Whether the shape is told, and not to be found out."""
        return self.question is not None or self.answer is not None


def read(entry: JsonValue, fields: Fields) -> Shaped:
    """Return what an entry asks, and the answer that is right.

    Raises:
        Lacking: it has not what its shape has.
    """
    if not isinstance(entry, dict):
        raise Lacking("is not a JSON object")
    shaped = _told(entry, fields) if fields.told else _found(entry)
    return replace(shaped, id=None if fields.id is None else _id(entry, fields.id))


def _told(entry: Entry, fields: Fields) -> Shaped:
    truth = truth_of(entry, fields.answer or "answer")
    return Shaped(text_of(entry, fields.question or "question"), _boxed(truth) or truth)


def _found(entry: Entry) -> Shaped:
    if (program := programs(entry)) is not None:
        return program
    if (chosen := choices(entry)) is not None:
        return chosen
    for field, shape in _SHAPES.items():
        if field in entry:
            return shape(entry)
    raise Lacking(f"has none of the fields {', '.join(_SHAPES)}, one of which holds the question")


def _id(entry: Entry, field: str) -> str:
    value = entry.get(field)
    if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
        return str(value).strip()
    raise Lacking(f"has no text or whole number as `{field}`")


def _gsm8k(entry: Entry) -> Shaped:
    return Shaped(text_of(entry, "question"), truth_of(entry, "answer"))


def _math(entry: Entry) -> Shaped:
    if "answer" in entry or "solution" not in entry:
        return Shaped(text_of(entry, "problem"), truth_of(entry, "answer"))
    boxed = _boxed(text_of(entry, "solution"))
    if boxed is None:
        raise Lacking(r"has no \boxed{} in `solution`")
    return Shaped(text_of(entry, "problem"), clean(boxed))


def _multiarith(entry: Entry) -> Shaped:
    solutions = entry.get("lSolutions")
    if not isinstance(solutions, list) or len(solutions) != 1:
        raise Lacking("has no list of one number as `lSolutions`")
    truth = truth_of({"lSolutions": solutions[0]}, "lSolutions")
    return Shaped(text_of(entry, "sQuestion"), truth)


def _svamp(entry: Entry) -> Shaped:
    text = f"{text_of(entry, 'Body')} {text_of(entry, 'Question')}"
    return Shaped(text, truth_of(entry, "Answer"))


_SHAPES: Mapping[str, Callable[[Entry], Shaped]] = {
    "question": _gsm8k,
    "problem": _math,
    "sQuestion": _multiarith,
    "Body": _svamp,
}
"""How to read an entry, by the field that gives its shape away."""


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
