"""Runs of a small and a large model, put side by side question by question."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import FiniteFloat, TypeAdapter, ValidationError

from evaluation.fingerprint import Setup
from evaluation.matched.errors import RunUnfit
from evaluation.records import Answered
from evaluation.runfile import RunFile, RunFileError, read

PLAIN = "sample"
"""The strategy that draws one answer: the unit of the small model's compute, and the large one's
only way to answer."""

Unit: TypeAlias = Literal["tokens", "flops"]
"""What compute is counted in: completion tokens, or FLOPs of prompts and verifiers too."""

_INDEPENDENT = (PLAIN, "majority", "best_of_n", "weighted_best_of_n")
_NUMBERS = TypeAdapter(dict[str, FiniteFloat])
_SPENT: Mapping[Unit, Callable[[Answered], float]] = {
    "tokens": lambda r: r.tokens,
    "flops": lambda r: r.generator.flops and r.generator.flops + r.verifier.flops,
}
"""Of each unit: what an answer took, 0 where the generator's part is not known."""


@dataclass(frozen=True, slots=True)
class Answers:
    """A run's answers to (Q,) questions: whether each is right, and the compute spent on it."""

    path: Path
    setup: Setup
    right: tuple[bool, ...]
    spent: tuple[float, ...]

    @property
    def plain(self) -> bool:
        """Whether each question was given one sample."""
        return self.setup.strategy.get("kind") == PLAIN


@dataclass(frozen=True, slots=True)
class Matched:
    """Runs over the same (Q,) questions.

    Attributes:
        difficulties: (Q,), greater is harder.
        difficulty_from: the file that has them.
        small: the small model's runs, at least one of them plain.
        large: the large model's.
        unit: what compute is counted in.
        left_out: how many questions are not among the Q, by the reason.
    """

    difficulties: tuple[float, ...]
    difficulty_from: Path
    small: tuple[Answers, ...]
    large: Answers
    unit: Unit
    left_out: Mapping[str, int]


def match(
    small: Sequence[RunFile], large: RunFile, difficulty: Path | None = None, unit: Unit = "tokens"
) -> Matched:
    """Put runs side by side, over the questions that all have answered and whose bin is known.

    Args:
        small: the small model's runs, at least one.
        large: the large one's.
        difficulty: a file that `read_difficulties` reads; by default that of the small model's
            run with most solutions of a question.
        unit: what compute is counted in.

    Raises:
        RunUnfit: the runs of the small model are not of one model or none is plain, the large
            one's is not, or what a run spent is not known.
        RunFileError: there are no difficulties in that file.
    """
    _check(small, large)
    known = difficulty or _most_samples(small).path
    difficulties = read_difficulties(known, small[0].setup.model)
    runs = (*small, large)
    reasons = {id_: _left_out(id_, runs, difficulties) for run in runs for id_ in run.records}
    ids = [id_ for id_, reason in reasons.items() if reason is None]
    *answers, largest = (_answers(run, ids, unit) for run in runs)
    return Matched(
        tuple(difficulties[id_] for id_ in ids),
        known,
        tuple(answers),
        largest,
        unit,
        Counter(reason for reason in reasons.values() if reason is not None),
    )


def read_difficulties(path: Path, model: str) -> Mapping[str, float]:
    """Read difficulties by question: a JSON object of numbers, or a run of the small model.

    Raises:
        RunFileError: it is neither.
        RunUnfit: it is a run that says nothing of the model's difficulties.
    """
    try:
        return _NUMBERS.validate_json(path.read_bytes())
    except OSError as error:
        raise RunFileError(path, f"cannot be read: {error.strerror}") from error
    except ValidationError:
        run = _run(path)
    if run.setup.model != model:
        raise RunUnfit(path, f"is a run of {run.setup.model}, not of {model}")
    return _measured(run)


def _run(path: Path) -> RunFile:
    try:
        return read(path)
    except RunFileError as error:
        what = f"holds no numbers by question, nor a run ({error})"
        raise RunFileError(path, what) from error


def _measured(run: RunFile) -> Mapping[str, float]:
    """Return the share of wrong solutions of each question a run answered."""
    kind = run.setup.strategy.get("kind")
    if kind not in _INDEPENDENT:
        known = ", ".join(_INDEPENDENT)
        raise RunUnfit(run.path, f"{kind} does not measure difficulty, as {known} do")
    return {
        id_: 1 - (record.solutions_right / record.solutions if record.solutions else 0.0)
        for id_, record in run.records.items()
        if isinstance(record, Answered)
    }


def _most_samples(runs: Iterable[RunFile]) -> RunFile:
    """Return the run that drew most solutions independently; one at least did."""
    apart = [run for run in runs if run.setup.strategy.get("kind") in _INDEPENDENT]
    return max(apart, key=lambda run: max(_solutions(run), default=0))


def _solutions(run: RunFile) -> Iterable[int]:
    return (r.solutions for r in run.records.values() if isinstance(r, Answered))


def _check(small: Sequence[RunFile], large: RunFile) -> None:
    model = small[0].setup.model
    for run in small:
        if run.setup.model != model:
            raise RunUnfit(run.path, f"is a run of {run.setup.model}, the first one is of {model}")
    if not any(run.setup.strategy.get("kind") == PLAIN for run in small):
        raise RunUnfit(
            small[0].path, f"neither this run of the small model nor another is of `{PLAIN}`, "
            "which says what one answer costs"
        )  # fmt: skip
    if large.setup.strategy.get("kind") != PLAIN:
        raise RunUnfit(large.path, f"the large model's run has to be of `{PLAIN}`")


def _left_out(id_: str, runs: Sequence[RunFile], difficulties: Mapping[str, float]) -> str | None:
    if any(id_ not in run.records for run in runs):
        return "not in every run"
    if not all(isinstance(run.records[id_], Answered) for run in runs):
        return "failed in a run"
    return None if id_ in difficulties else "of unknown difficulty"


def _answers(run: RunFile, ids: Sequence[str], unit: Unit) -> Answers:
    kept = [r for r in (run.records[id_] for id_ in ids) if isinstance(r, Answered)]
    spent = tuple(_SPENT[unit](record) for record in kept)
    if not all(spent):
        raise RunUnfit(run.path, f"does not say how many {unit} each answer took")
    return Answers(run.path, run.setup, tuple(record.right for record in kept), spent)
