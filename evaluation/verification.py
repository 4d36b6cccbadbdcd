"""How good scores are: whether they mean what they say, and whether they put right before wrong.

Knows numbers in [0, 1], grouped by question: samples of one question are alike, so it is questions
that are drawn anew for an interval. Knows neither scorers nor files.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import log
from operator import itemgetter, mul
from random import Random
from typing import TypeAlias

from evaluation.statistics import Estimate, wilson
from scorers.calibration import LEAST

BINS = 10
"""Of equal width, from 0 to 1."""
_RESAMPLES = 1000
_NO_PAIRS = 1e-12


@dataclass(frozen=True, slots=True)
class Rated:
    """A score in [0, 1] and what it was to be: 1 of what is right, 0 of what is wrong.

    A target between them is P(right) where only that is known.
    """

    score: float
    target: float


Questions: TypeAlias = Sequence[Sequence[Rated]]
"""(Q,) questions, each with what was rated of it."""

Weighed: TypeAlias = Callable[[Sequence[int]], float | None]
"""A measure of (Q,) questions, each of which counts so many times; `None` where it has no value."""

Measure: TypeAlias = Callable[[Questions], Weighed]
"""Is shown the questions once, and then asked as often as they are drawn anew."""


@dataclass(frozen=True, slots=True)
class Bin:
    """The n that were scored from `low` to `high`: their mean score, and the share of right ones.

    `interval` is Wilson's of the share, as if no two were of one question.
    """

    low: float
    high: float
    n: int
    score: float
    right: float
    interval: tuple[float, float]


def value(measure: Measure, questions: Questions) -> float | None:
    """Return a measure's value, each question counted once."""
    return measure(questions)([1] * len(questions))


def estimate(measure: Measure, questions: Questions, seed: int = 0) -> Estimate | None:
    """Return a measure's value and its interval; `None` if it has no value.

    The interval is the percentile bootstrap's: questions are drawn anew, with all that was rated
    of each. Drawings in which the measure has no value are left out.

    Source: Efron and Tibshirani 1993, "An introduction to the bootstrap", section 13.3.
    """
    weighed, n = measure(questions), len(questions)
    found = weighed([1] * n)
    if found is None:
        return None
    chance = Random(seed)
    drawn = (weighed(_drawn(n, chance)) for _ in range(_RESAMPLES))
    values = sorted(v for v in drawn if v is not None) or [found]
    tail = round(0.025 * len(values))
    return Estimate(found, values[tail], values[-tail - 1])


def brier(questions: Questions) -> Weighed:
    """Measure the mean of (score - target)^2 (Brier 1950); always to say 1/2 has 1/4."""
    return _mean(questions, lambda rated: (rated.score - rated.target) ** 2)


def log_loss(questions: Questions) -> Weighed:
    """Measure the mean of -log P(what was), in nats; always to say 1/2 has log 2.

    Scores within `LEAST` of 0 or 1 are taken for that: a wrong one would cost all.
    """
    return _mean(questions, _surprise)


def calibration_error(questions: Questions) -> Weighed:
    """Measure the expected calibration error: by how much a score is off, on average over bins.

    Source: Guo et al. 2017, arXiv:1706.04599, equation 3, with 10 bins. It says nothing of order:
    to give everything the share of right ones has 0. Chance alone makes it greater, the more so in
    drawings: where it is small, its interval begins near the value.
    """
    gaps = [[0.0] * len(questions) for _ in range(BINS)]
    for i, question in enumerate(questions):
        for rated in question:
            gaps[_place(rated.score)][i] += rated.score - rated.target
    sizes = [len(question) for question in questions]

    def weighed(weights: Sequence[int]) -> float | None:
        n = _dot(weights, sizes)
        return sum(abs(_dot(weights, gap)) for gap in gaps) / n if n else None

    return weighed


def auc(questions: Questions) -> Weighed:
    """Measure P(a right one's score > a wrong one's), ties 1/2, whichever questions they are of.

    Part of it is telling easy questions from hard ones, which is of no use in choosing between
    answers to one: see `within_question_auc`. Of targets between 0 and 1 each pair counts by the
    chance that the one is right and the other wrong. Without such pairs there is no value.
    """
    placed = sorted((r.score, i, r.target) for i, q in enumerate(questions) for r in q)
    tied = [[(i, target) for _, i, target in tie] for _, tie in groupby(placed, itemgetter(0))]
    # Nothing is in a pair with itself.
    own = [sum(r.target * (1 - r.target) for r in question) for question in questions]

    def weighed(weights: Sequence[int]) -> float | None:
        won = below = above = 0.0
        for tie in tied:
            right, n = 0.0, 0
            for i, target in tie:
                right += weights[i] * target
                n += weights[i]
            won += right * (below + (n - right) / 2)
            below, above = below + n - right, above + right
        alone = _dot(weights, own)
        pairs = above * below - alone
        return min(1.0, max(0.0, (won - alone / 2) / pairs)) if pairs > _NO_PAIRS else None

    return weighed


def within_question_auc(questions: Questions) -> Weighed:
    """Measure the mean over questions of P(a right one's score > a wrong one's), ties 1/2.

    Over those that have both right and wrong ones, each of which counts alike however many were
    rated: the chance to choose the better of two answers to one question.
    """
    each = [value(auc, [question]) for question in questions]

    def weighed(weights: Sequence[int]) -> float | None:
        known = [(w, found) for w, found in zip(weights, each, strict=True) if found is not None]
        n = sum(w for w, _ in known)
        return sum(w * found for w, found in known) / n if n else None

    return weighed


def mixed(questions: Questions) -> int:
    """Count the questions that have both right and wrong ones."""
    return sum(value(auc, [question]) is not None for question in questions)


def reliability(questions: Questions) -> list[Bin]:
    """Return what each bin of scores came to, but for those that are empty."""
    binned: list[list[Rated]] = [[] for _ in range(BINS)]
    for question in questions:
        for rated in question:
            binned[_place(rated.score)].append(rated)
    return [_bin(place, held) for place, held in enumerate(binned) if held]


def _bin(place: int, held: Sequence[Rated]) -> Bin:
    n, right = len(held), sum(rated.target for rated in held)
    score = sum(rated.score for rated in held) / n
    return Bin(place / BINS, (place + 1) / BINS, n, score, right / n, wilson(right, n))


def _place(score: float) -> int:
    return min(int(score * BINS), BINS - 1)


def _mean(questions: Questions, loss: Callable[[Rated], float]) -> Weighed:
    sums = [sum(map(loss, question)) for question in questions]
    sizes = [len(question) for question in questions]

    def weighed(weights: Sequence[int]) -> float | None:
        n = _dot(weights, sizes)
        return _dot(weights, sums) / n if n else None

    return weighed


def _surprise(rated: Rated) -> float:
    score = min(1 - LEAST, max(LEAST, rated.score))
    return -rated.target * log(score) - (1 - rated.target) * log(1 - score)


def _dot(weights: Sequence[int], numbers: Sequence[float]) -> float:
    total: float = sum(map(mul, weights, numbers))
    return total


def _drawn(n: int, chance: Random) -> list[int]:
    """Draw n of n questions, and say how often each was drawn."""
    weights = [0] * n
    for i in chance.choices(range(n), k=n):
        weights[i] += 1
    return weights
