"""What was labelled before, so that nobody labels it again."""

from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel

from training.examples import Example
from training.label.lines import at_line, numbered
from training.label.prm800k import Imported, examples_of
from training.label.prm800k_rows import Row
from training.label.solutions import key_of


class _Named(BaseModel):
    """What of a line says which shape it has."""

    label: object = None


class Already:
    """Solutions that have labels, from files of examples or of PRM800K's form.

    Labels stop at the first error, so a solution that begins with a labelled error has all the
    labels it can have, whatever comes after.
    """

    def __init__(self, paths: Iterable[Path] = ()) -> None:
        self._solutions: set[str] = set()
        self._errors: set[str] = set()
        for path in paths:
            self._read(path)

    def __contains__(self, example: Example) -> bool:
        steps = example.steps
        if key_of(example.question, steps) in self._solutions:
            return True
        starts = (steps[: end + 1] for end in range(len(steps) if self._errors else 0))
        return any(key_of(example.question, start) in self._errors for start in starts)

    def _read(self, path: Path) -> None:
        for number, line in numbered(path):
            with at_line(path, number):
                if _Named.model_validate_json(line).label is None:
                    self._add(Example.model_validate_json(line))
                else:
                    self._add_row(Row.model_validate_json(line))

    def _add(self, example: Example) -> None:
        ratings = example.ratings or ()
        self._solutions.add(key_of(example.question, example.steps))
        if -1 in ratings:
            wrong = ratings.index(-1)
            self._errors.add(key_of(example.question, example.steps[: wrong + 1]))

    def _add_row(self, row: Row) -> None:
        self._solutions.add(key_of(row.question.problem, row.question.pre_generated_steps or ()))
        for example in examples_of(row, Imported()):
            self._add(example)
