r"""Solutions to be labelled, in the two shapes they come in; a file may mix them.

    {"question": "2+2=?", "truth": "4", "solutions": ["2+2\n\n4", ["2+2", "5"]]}
    {"question": "2+2=?", "steps": ["2+2", "5"], "truth": "4"}

The first is a question with many solutions, texts or lists of steps; its truth may be called
`answer`, with or without GSM8K's "####". The second is an example of `training.examples`.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from training.examples import Example, ExampleError
from training.label.lines import at_line, numbered

STEP_END = "\n\n"
"""Where a text is split into steps unless told otherwise."""


class _Named(BaseModel):
    """What of a line says which shape it has."""

    solutions: object = None


class _Question(BaseModel):
    model_config = ConfigDict(extra="forbid")

    question: str = Field(min_length=1)
    truth: str | None = Field(default=None, validation_alias=AliasChoices("truth", "answer"))
    solutions: tuple[str | tuple[str, ...], ...]
    source: str | None = None


def read_solutions(path: Path, step_end: str = STEP_END) -> Iterator[tuple[int, Example]]:
    """Read solutions one by one, each with the number of its line.

    Raises:
        ExampleError: the file cannot be read, or a line has neither shape.
    """
    for number, line in numbered(path):
        with at_line(path, number):
            if _Named.model_validate_json(line).solutions is None:
                examples = [Example.model_validate_json(line)]
            else:
                examples = list(_examples(_Question.model_validate_json(line), step_end))
        yield from ((number, example) for example in examples)


def gradable(path: Path, numbered: Iterable[tuple[int, Example]]) -> Iterator[Example]:
    """Give solutions of a file whose outcome is known, or can be told by their truth.

    Raises:
        ExampleError: there is another.
    """
    for number, example in numbered:
        if example.truth is None and example.outcome is None:
            raise ExampleError(
                path, number, "has no `truth` that its answer could be compared with"
            )
        yield example


def split(text: str, step_end: str) -> tuple[str, ...]:
    """Return the steps of a text, without what ends them; a blank text is one blank step."""
    return tuple(step for step in text.split(step_end) if step.strip()) or ("",)


def key_of(question: str, steps: Sequence[str]) -> str:
    """Return what tells a solution from every other: 32 hexadecimal digits."""
    digest = hashlib.sha256()
    for part in (question, *steps):
        data = part.encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()[:32]


def _examples(asked: _Question, step_end: str) -> Iterator[Example]:
    truth = None if asked.truth is None else asked.truth.rpartition("####")[2].strip()
    for given in asked.solutions:
        steps = split(given, step_end) if isinstance(given, str) else given or ("",)
        yield Example(question=asked.question, steps=steps, truth=truth, source=asked.source)
