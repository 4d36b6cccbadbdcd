"""Accuracy over tokens: runs of several strategies, at several budgets, side by side.

Source: arXiv:2409.03733, figure 5, for repeated sampling, idea search and plan search; any
strategies will do. Pure arithmetic.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluation.runfile import RunFile, RunFileError
from evaluation.statistics import wilson


@dataclass(frozen=True, slots=True)
class Spent:
    """What one run came to.

    Attributes:
        file: the run's.
        strategy: its kind.
        tokens: completion tokens of a question, by generator and verifiers, the mean.
        questions: how many there are.
        accuracy: the share that is right; a search that failed is not.
        low: end of its 95 % interval, by Wilson.
        high: likewise.
    """

    file: str
    strategy: str
    tokens: float
    questions: int
    accuracy: float
    low: float
    high: float


def spending(runs: Sequence[RunFile]) -> list[Spent]:
    """Return what (R,) runs came to on the same questions, by strategy and then by tokens.

    Raises:
        RunFileError: they are not of the same questions, so that no two can be compared.
    """
    first = runs[0]
    for run in runs:
        if run.records.keys() != first.records.keys():
            raise RunFileError(run.path, f"is not of the same questions as {first.path}")
    return sorted(map(_spent, runs), key=lambda one: (one.strategy, one.tokens))


def _spent(run: RunFile) -> Spent:
    answered, n = run.answered.values(), len(run.records)
    right = sum(record.right for record in answered)
    spent = (record.generator.completion_tokens + record.verifier.completion_tokens
             for record in run.records.values())  # fmt: skip
    kind = str(run.setup.strategy.get("kind"))
    return Spent(str(run.path), kind, sum(spent) / n, n, right / n, *wilson(right, n))
