"""What the answers to one request must look like, and which of them say the same.

Two kinds of form there are: JSON of a schema (`scorers.structured`), and calls of tools
(`scorers.tool_form`). Where there is none, or an answer is in words, a grader compares.
"""

from collections.abc import Sequence
from typing import Protocol

from scorers.answers import Answers
from scorers.base import Candidate, Ending


class Form(Protocol):
    """A form that answers keep or do not."""

    @property
    def missing(self) -> str:
        """What a response says whose answer does not keep it."""
        ...

    def canonical(self, text: str) -> str | None:
        """Return an answer in the one spelling of all that say the same.

        `None` for one that does not keep the form, or is in words.
        """
        ...

    def in_words(self, text: str) -> bool:
        """Whether an answer is in words and may be."""
        ...

    def ending(self, text: str, finish: Ending) -> Ending:
        """Return how an answer ended that ended by `finish`, as far as the engine knows."""
        ...


def keeps(form: Form, candidate: Candidate) -> bool:
    """Whether a candidate keeps its form, or so far as it came could still."""
    return candidate.whole or form.in_words(candidate.answer)


def words_of(candidates: Sequence[Candidate], form: Form | None) -> tuple[str, ...]:
    """Return the answers that a grader must compare: all, if there is no form."""
    answers = (candidate.answer for candidate in candidates)
    return tuple(text for text in answers if form is None or form.in_words(text))


def grouped(candidates: Sequence[Candidate], form: Form | None, graded: Answers) -> Answers:
    """Group (N,) candidates: as `graded` those in words, the others by their canonical spelling.

    One that does not keep its form has no group.
    """
    if form is None:
        return graded
    rest = iter(zip(graded.texts, graded.groups, strict=True))
    found: list[tuple[str | None, str | int | None]] = []
    for candidate in candidates:
        text = _spelling(candidate, form)
        found.append(next(rest) if form.in_words(candidate.answer) else (text, text))
    places: dict[str | int, int] = {}
    groups = (None if k is None else places.setdefault(k, len(places)) for _, k in found)
    return Answers(tuple(text for text, _ in found), tuple(groups))


def _spelling(candidate: Candidate, form: Form) -> str | None:
    return form.canonical(candidate.answer) if candidate.whole else None
