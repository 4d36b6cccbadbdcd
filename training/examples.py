"""Labelled solutions: what labelling writes, and training and calibration read.

A file has one JSON object a line:
    {"question": "2+3*4=?", "steps": ["2+12", "15"], "ratings": [1, -1], "outcome": false}
Labels may end before the steps do, for they stop at the first error (arXiv:2305.20050, section
2.4), and a step without one has `null`.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from training.writing import whole

Rating: TypeAlias = Literal[-1, 0, 1]
"""A person's word on a step: wrong, neutral, right (arXiv:2305.20050, section 2.4)."""

Value: TypeAlias = Annotated[float, Field(ge=0, le=1)]
"""P(the solution still comes out right), of a step (arXiv:2408.03314, appendix D)."""


class ExampleError(Exception):
    """A file of labelled solutions cannot be read: `path`, and `line` in it if it is one line's."""

    def __init__(self, path: Path, line: int | None, what: str) -> None:
        super().__init__(f"{path}{f', line {line}' if line else ''}: {what}")
        self.path, self.line = path, line


class Example(BaseModel):
    """One solution, and what is known of it.

    Its steps carry no separators: how a solution is written is the model's affair.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str = Field(min_length=1, description="what was asked")
    steps: tuple[str, ...] = Field(min_length=1, description="(S,) the solution's steps")
    ratings: tuple[Rating | None, ...] | None = Field(
        default=None, description="up to S: of each step, -1 wrong, 0 neutral, 1 right"
    )
    values: tuple[Value | None, ...] | None = Field(
        default=None, description="up to S: of each step, P(the solution still comes out right)"
    )
    outcome: bool | None = Field(default=None, description="whether the final answer is right")
    answer: str | None = Field(default=None, description="the final answer, if there is one")
    truth: str | None = Field(default=None, description="the right answer, if it is known")
    confidence: Value | None = Field(
        default=None, description="geometric mean of its tokens' probabilities, as it was drawn"
    )
    source: str | None = Field(default=None, description="where it is from, and who labelled it")

    @model_validator(mode="after")
    def _labels_fit(self) -> Self:
        if self.ratings is not None and self.values is not None:
            raise ValueError("has both `ratings` and `values`; a step has one label")
        if len(self.labels) > len(self.steps):
            raise ValueError(f"has {len(self.labels)} labels for {len(self.steps)} steps")
        return self

    @property
    def labels(self) -> Sequence[float | None]:
        """Its steps' labels, of whichever kind; empty if it has none."""
        return self.ratings or self.values or ()


def read_examples(path: Path) -> Iterator[Example]:
    """Read labelled solutions one by one, in the file's order; blank lines are skipped.

    Raises:
        ExampleError: the file cannot be read, or a line is not one.
    """
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _read(path, number, line)
    except (OSError, UnicodeDecodeError) as error:
        raise ExampleError(path, None, str(error)) from error


def write_examples(path: Path, examples: Iterable[Example]) -> int:
    """Write labelled solutions in place of what is there; return how many they are.

    Raises:
        OutputRefused: the file cannot be written; what is there stays.
    """
    return write_lines(path, map(line_of, examples))


def write_lines(path: Path, lines: Iterable[str]) -> int:
    """Write lines, whose ends they bring, in place of what is there; return how many they are.

    Raises:
        OutputRefused: the file cannot be written; what is there stays.
    """
    written = 0
    with whole(path) as write:
        for line in lines:
            write(line)
            written += 1
    return written


def line_of(example: Example) -> str:
    """Return an example's line in a file, its end included."""
    return json.dumps(example.model_dump(exclude_none=True), ensure_ascii=False) + "\n"


def _read(path: Path, number: int, line: str) -> Example:
    try:
        return Example.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ExampleError(
            path, number, f"{where}: {first['msg']}" if where else first["msg"]
        ) from error
