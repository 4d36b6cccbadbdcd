"""A person's labels, in PRM800K's form: what is to be shown, what is written, how well it agrees.

Source: arXiv:2305.20050, appendix B: quality-control questions are among the others, and who
agrees with fewer than 75 % of their known labels is not relied on.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from training.examples import Example, ExampleError
from training.label.lines import at_line, numbered
from training.label.prm800k_rows import AskedQuestion, Completion, Label, LabelledStep, Row
from training.label.sheet import Sheet
from training.label.solutions import key_of, read_solutions

NEEDED = 0.75
"""The share of known labels that a person must agree with."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A solution to be shown; a `known` one has labels to compare with, which are not shown."""

    example: Example
    known: bool = False


@dataclass(slots=True)
class Agreement:
    """How many of the known labels a person gave too, of those that both gave."""

    solutions: int = 0
    same: int = 0
    labels: int = 0

    @property
    def share(self) -> float | None:
        """The share that is the same; `None` if there is nothing to compare."""
        return self.same / self.labels if self.labels else None

    def add(self, known: Example, row: Row) -> None:
        """Compare the labels of a solution, up to where the shorter end.

        A step at which the person gave up is not the same.
        """
        given = [step.ways[0].rating for step in row.label.steps if step.ways]
        both = zip(known.ratings or (), given, strict=False)
        pairs = [(mine, theirs) for mine, theirs in both if mine is not None]
        self.solutions += 1
        self.labels += len(pairs)
        self.same += sum(mine == theirs for mine, theirs in pairs)


@dataclass(slots=True)
class Ratings:
    """The rows of a file, as far as it matters what is in it already.

    Args:
        labeler: who rates.
        quality: solutions whose labels are known.
    """

    labeler: str
    quality: Sequence[Example] = ()
    agreement: Agreement = field(default_factory=Agreement)
    finished: Counter[str] = field(default_factory=Counter)
    before: int = 0
    _rated: set[str] = field(default_factory=set)

    def read(self, path: Path) -> None:
        """Take account of a file's rows; of none if there is no such file.

        Raises:
            ExampleError: the file cannot be read, or a line is not of PRM800K's form.
        """
        for number, line in numbered(path) if path.exists() else ():
            with at_line(path, number):
                self._count(Row.model_validate_json(line))
            self.before += 1

    def add(self, row: Row) -> None:
        """Take account of a new row."""
        self.finished[row.label.finish_reason or "unknown"] += 1
        self._count(row)

    def left(self, examples: Iterable[Example]) -> list[Shown]:
        """Return what is still to be shown: known solutions are spread evenly among the others.

        Others that anybody rated are done with; known ones are shown to everybody.
        """
        once = {_key(one): one for one in examples}
        others = [Shown(one) for key, one in once.items() if key not in self._rated]
        known = [Shown(one, known=True) for one in self.quality if _key(one) not in self._rated]
        return interleave(others, known)

    def _count(self, row: Row) -> None:
        key = key_of(row.question.problem, row.question.pre_generated_steps or ())
        if not row.is_quality_control_question:
            self._rated.add(key)
        elif row.labeler == self.labeler:
            self._rated.add(key)
            for known in self.quality:
                if _key(known) == key:
                    self.agreement.add(known, row)


def interleave(others: Sequence[Shown], known: Sequence[Shown]) -> list[Shown]:
    """Spread known solutions evenly among the others; both keep their order."""
    stretch = len(others) / (len(known) or 1)
    places = [(place + 0.5, one) for place, one in enumerate(others)]
    places += [((place + 0.5) * stretch, one) for place, one in enumerate(known)]
    return [one for _, one in sorted(places, key=lambda placed: placed[0])]


def read_quality(path: Path, step_end: str) -> list[Example]:
    """Read solutions whose labels are known.

    Raises:
        ExampleError: the file cannot be read, or a solution has no ratings.
    """
    examples = []
    for number, example in read_solutions(path, step_end):
        if not any(rating is not None for rating in example.ratings or ()):
            raise ExampleError(path, number, "has no `ratings` that others could be compared with")
        examples.append(example)
    return examples


def row_of(
    sheet: Sheet,
    *,
    labeler: str,
    when: datetime,
    milliseconds: int,
    generation: int,
    known: bool,
    answer: str | None,
) -> Row:
    """Return a finished sheet as PRM800K has it.

    The last step of one with an error has nothing chosen; that of one that was left off has no
    rating, and is the step it was left off at.
    """
    example, steps = sheet.example, list[LabelledStep]()
    rated = sheet.ratings if sheet.left is None else sheet.ratings[: len(example.steps) - 1]
    for text, rating in zip(example.steps, rated, strict=False):
        chosen = None if rating == -1 else 0
        ways = (Completion(text=text, rating=rating),)
        steps.append(LabelledStep(completions=ways, chosen_completion=chosen))
    if sheet.left is not None:
        at = Completion(text=example.steps[len(rated)])
        steps.append(LabelledStep(completions=(at,)))
    return Row(
        labeler=labeler,
        timestamp=when.isoformat(),
        generation=generation,
        is_quality_control_question=known,
        question=AskedQuestion(
            problem=example.question,
            ground_truth_answer=example.truth,
            pre_generated_steps=example.steps,
            pre_generated_answer=answer,
        ),
        label=Label(steps=tuple(steps), total_time=milliseconds, finish_reason=sheet.finish),
    )


def _key(example: Example) -> str:
    return key_of(example.question, example.steps)
