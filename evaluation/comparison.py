"""Two runs over the same questions: which answers more of them right, and how sure that is."""

from collections.abc import Mapping
from dataclasses import dataclass

from evaluation.records import Answered
from evaluation.runfile import RunFile, RunFileError
from evaluation.statistics import Difference, paired, ratio


@dataclass(frozen=True, slots=True)
class Compared:
    """What a second run has over a first, over the questions that both answered.

    Attributes:
        n: those questions.
        left_out: questions that one of the two did not ask, or failed on.
        first: the first run's accuracy.
        second: the second's.
        difference: second less first, with its 95 % interval over the choice of questions.
        tokens: of the second for each of the first, by generator and verifiers; `None` where a
            question of the first cost none.
        tokens_interval: its 95 % interval.
        differs: what of the two setups differs.
    """

    n: int
    left_out: int
    first: float
    second: float
    difference: Difference
    tokens: float | None
    tokens_interval: tuple[float, float] | None
    differs: tuple[str, ...]


def compare(first: RunFile, second: RunFile, seed: int = 0) -> Compared:
    """Compare two runs, question by question; the seed draws the questions for the intervals.

    Raises:
        RunFileError: they have no question in common, or another one under the same id.
    """
    ours, theirs = second.answered, first.answered
    both = [name for name in theirs if name in ours]
    if not both:
        raise RunFileError(second.path, f"has answered no question that {first.path} has")
    for name in both:
        if not _same(ours[name], theirs[name]):
            raise RunFileError(second.path, f"{name} is another question than in {first.path}")
    right = [(float(theirs[name].right), float(ours[name].right)) for name in both]
    spent = [(theirs[name].tokens, ours[name].tokens) for name in both]
    counted = all(tokens for tokens, _ in spent)
    tokens, interval = (
        ratio([more for _, more in spent], [less for less, _ in spent], seed)
        if counted
        else (None, None)
    )
    return Compared(
        len(both),
        len(first.records.keys() | second.records.keys()) - len(both),
        sum(a for a, _ in right) / len(both),
        sum(b for _, b in right) / len(both),
        paired([b - a for a, b in right], seed),
        tokens,
        interval,
        _differs(first.setup.plain(), second.setup.plain()),
    )


def _same(one: Answered, other: Answered) -> bool:
    return (one.question, one.truth) == (other.question, other.truth)


def _differs(first: Mapping[str, object], second: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(sorted(name for name in first.keys() | second.keys()
                        if first.get(name) != second.get(name)))  # fmt: skip
