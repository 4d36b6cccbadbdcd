"""PRM800K read as examples: people's labels of 800,000 steps.

Source: arXiv:2305.20050, section 2.4 and appendices B and D; the form is its repository's.

A row is the path that was taken, with a label for each of its steps, and the alternatives to them.
The path is one example. An alternative is one more: the path up to it, without labels, and the
alternative with its own. So every label is in the examples exactly once.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from training.examples import Example, ExampleError, Rating
from training.label.lines import at_line, numbered
from training.label.prm800k_rows import Completion, LabelledStep, Row

_UNFINISHED = ("bad_problem", "give_up")
_ANSWER = "\n\n# Answer\n\n"
_NAMES = {1: "right", 0: "neutral", -1: "wrong"}

Wanted: TypeAlias = Callable[[Row], str | None]
"""Says why a row is left out, if it is."""


@dataclass(slots=True)
class Imported:
    """What became of rows and labels, and why. Rows kept are counted by why their labels end."""

    rows_kept: Counter[str] = field(default_factory=Counter)
    rows_dropped: Counter[str] = field(default_factory=Counter)
    labels_kept: Counter[str] = field(default_factory=Counter)
    labels_dropped: Counter[str] = field(default_factory=Counter)
    examples: Counter[str] = field(default_factory=Counter)


def import_rows(
    path: Path, counts: Imported, wanted: Wanted, *, skip_broken: bool = False
) -> Iterator[Example]:
    """Read examples one by one, and count what becomes of what.

    Args:
        path: lines of PRM800K's form.
        counts: counted up while examples are read.
        wanted: which rows; see `choose`.
        skip_broken: count a line that is no row, in place of raising an error.

    Raises:
        ExampleError: the file cannot be read, or a line is no row.
    """
    for number, line in numbered(path):
        try:
            with at_line(path, number):
                row = Row.model_validate_json(line)
        except ExampleError:
            if not skip_broken:
                raise
            counts.rows_dropped["broken"] += 1
            continue
        yield from _kept(row, counts, wanted(row))


def choose(phase: int | None = None, generations: Collection[int] = ()) -> Wanted:
    """Return what leaves out screening, quality control, and other phases and generations."""

    def why_not(row: Row) -> str | None:
        reasons = {
            "screening": row.is_initial_screening_question or row.generation == -1,
            "quality_control": row.is_quality_control_question,
            "other_phase": phase not in (None, row.phase),
            "other_generation": bool(generations) and row.generation not in generations,
        }
        return next((reason for reason, holds in reasons.items() if holds), None)

    return why_not


def examples_of(row: Row, counts: Imported) -> Iterator[Example]:
    """Give a row's examples: the path, then the alternatives in their order."""
    path, alternatives = _Path(row), list[Example]()
    for step in _labelled(row, counts):
        ratings = [_rating(way, counts) for way in step.ways]
        taken = _taken(row, step)
        alternatives += path.alternatives(step, ratings, taken)
        if taken is not None:
            path.go_on(step.ways[taken].text, ratings[taken])
        elif step.written is not None:
            counts.labels_dropped["written_by_hand"] += 1
            path.go_on(step.written, None)
    if example := path.example():
        counts.examples["paths"] += 1
        yield example
    counts.examples["alternatives"] += len(alternatives)
    yield from alternatives


def _kept(row: Row, counts: Imported, reason: str | None) -> Iterator[Example]:
    if reason is None:
        before = counts.examples.total()
        yield from examples_of(row, counts)
        if counts.examples.total() > before:
            counts.rows_kept[row.label.finish_reason or "unknown"] += 1
            return
        reason = "without_labels"
    else:
        counts.labels_dropped[reason] += sum(len(step.ways) for step in row.label.steps)
    counts.rows_dropped[reason] += 1


def _labelled(row: Row, counts: Imported) -> Iterator[LabelledStep]:
    """Give the steps whose labels count: up to the path's end, and not one that was given up at."""
    steps = list(row.label.steps)
    if row.label.finish_reason in _UNFINISHED and steps:
        counts.labels_dropped["given_up"] += len(steps.pop().ways)
    while steps:
        yield (step := steps.pop(0))
        if step.chosen_completion is None and step.written is None:
            break
    if left := sum(len(step.ways) for step in steps):
        counts.labels_dropped["after_the_path"] += left


def _rating(way: Completion, counts: Imported) -> Rating | None:
    if way.flagged or way.rating is None:
        counts.labels_dropped["flagged" if way.flagged else "unrated"] += 1
        return None
    counts.labels_kept[_NAMES[way.rating]] += 1
    return way.rating


def _taken(row: Row, step: LabelledStep) -> int | None:
    """Return which completion is on the path, if one is.

    In phase 2 the path ends with the error: nothing is chosen there, and the first completion is
    the one of the solution that was shown.
    """
    if step.chosen_completion is not None or step.written is not None:
        return step.chosen_completion
    return 0 if row.label.finish_reason == "found_error" and step.ways else None


class _Path:
    """The steps that were taken in a row so far, and their labels."""

    def __init__(self, row: Row) -> None:
        self._row = row
        self._steps: list[str] = []
        self._ratings: list[Rating | None] = []

    def go_on(self, text: str, rating: Rating | None) -> None:
        """Take a step."""
        self._steps.append(text)
        self._ratings.append(rating)

    def alternatives(
        self, step: LabelledStep, ratings: Sequence[Rating | None], taken: int | None
    ) -> Iterator[Example]:
        """Give what has a label and might have been taken in place of the next step."""
        nothing: list[Rating | None] = [None] * len(self._steps)
        for place, (way, rating) in enumerate(zip(step.ways, ratings, strict=True)):
            if place != taken and rating is not None:
                yield self._labelled([*self._steps, way.text], [*nothing, rating])

    def example(self) -> Example | None:
        """Return the path, if anything is known of it."""
        label, truth = self._row.label, self._row.question.ground_truth_answer
        reached = label.finish_reason == "solution" and len(self._steps) == len(label.steps)
        outcome = True if reached and truth and self._steps else None
        if outcome is None and all(rating is None for rating in self._ratings):
            return None
        return self._labelled(self._steps, self._ratings, outcome)

    def _labelled(
        self, steps: Sequence[str], ratings: Sequence[Rating | None], outcome: bool | None = None
    ) -> Example:
        row = self._row
        generation = "" if row.generation is None else f", generation {row.generation}"
        _, mark, answer = steps[-1].partition(_ANSWER)
        return Example(
            question=row.question.problem,
            steps=tuple(steps),
            ratings=tuple(ratings),
            outcome=outcome,
            answer=answer.strip() if mark else None,
            truth=row.question.ground_truth_answer,
            source=f"PRM800K, phase {row.phase}{generation}",
        )
