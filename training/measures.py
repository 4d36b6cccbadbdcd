"""How well scores tell right from wrong. Pure arithmetic; knows nothing of models."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random

_RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Rated:
    """A solution's question, its score, and whether it is right."""

    question: str
    score: float
    right: bool


@dataclass(frozen=True, slots=True)
class Separation:
    """How often a right solution is scored above a wrong one of the same question.

    Attributes:
        auc: P(that), ties 1/2, the mean over the questions.
        low: of its 95 % interval over the choice of questions.
        high: of the same.
        questions: those that have both right and wrong solutions; the others say nothing.
    """

    auc: float
    low: float
    high: float
    questions: int


def auc(right: Sequence[float], wrong: Sequence[float]) -> float | None:
    """Return P(a right one's score is above a wrong one's), ties 1/2; `None` if it has no pair."""
    if not right or not wrong:
        return None
    below = sorted(wrong)
    wins = sum(bisect_left(below, score) + bisect_right(below, score) for score in right)
    return wins / (2 * len(right) * len(wrong))


def separation(rated: Iterable[Rated], seed: int = 0) -> Separation | None:
    """Return how well scores tell solutions of the same question apart; `None` without such pairs.

    This is what choosing among samples needs: a score that only knows hard questions from easy ones
    has a good AUC over all solutions, and chooses no better than chance.

    The interval is over questions; see `bootstrap`.
    """
    scores: defaultdict[str, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    for one in rated:
        scores[one.question][one.right].append(one.score)
    each = [auc(right, wrong) for wrong, right in scores.values()]
    found = [value for value in each if value is not None]
    if not found:
        return None
    n = len(found)
    low, high = bootstrap(n, lambda drawn: sum(found[i] for i in drawn) / n, seed)
    return Separation(sum(found) / n, low, high, n)


def bootstrap(
    n: int, measure: Callable[[Sequence[int]], float], seed: int = 0
) -> tuple[float, float]:
    """Return the 95 % interval of a measure of n questions, which are drawn anew by their places.

    It is the percentile bootstrap's: Efron and Tibshirani 1993, "An introduction to the bootstrap",
    section 13.3.
    """
    return interval(resampled(n, measure, seed))


def interval(found: Sequence[float]) -> tuple[float, float]:
    """Return what lies 2.5 % from either end of resampled values, least first."""
    tail = round(0.025 * len(found))
    return found[tail], found[-tail - 1]


def resampled(n: int, measure: Callable[[Sequence[int]], float], seed: int = 0) -> list[float]:
    """Return what a measure comes to on n questions drawn anew again and again, least first."""
    chance, places = Random(seed), range(n)
    return sorted(measure(chance.choices(places, k=n)) for _ in range(_RESAMPLES))
