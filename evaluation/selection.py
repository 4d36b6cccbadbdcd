"""What choosing among a question's solutions is worth, by how many there are to choose from.

Source: the protocol published with arXiv:2305.20050: each question's solutions are padded with
`None`, for those thrown away, to the largest number; N of them are drawn, and picked is the one of
highest score that has an answer. Where nothing is left the question is wrong. Pure arithmetic.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from statistics import fmean, pstdev
from typing import TypeAlias

from evaluation.statistics import pass_at_k

TRIALS = 400


@dataclass(frozen=True, slots=True)
class Drawn:
    """A solution of a question.

    Attributes:
        answer: the final answer it gives; `None` if it gives none.
        group: which of the question's different answers that is; `None` without an answer.
        right: whether it is the true one.
        score: what it was chosen by; `None` if nothing judged it.
        public: of a program, whether it passes the public tests; `None` if there are none.
    """

    answer: str | None
    group: int | None
    right: bool
    score: float | None
    public: bool | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """The mean of accuracies over trials, and their standard deviation."""

    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Point:
    """What `n` solutions of each question come to; `best_of_n` is `None` where none has a score."""

    n: int
    pass_at: float
    majority: Spread
    best_of_n: Spread | None


Picker: TypeAlias = Callable[[Sequence[Drawn]], Drawn | None]


def best(drawn: Sequence[Drawn]) -> Drawn | None:
    """Return the solution of highest score that has an answer, the first of equal ones."""
    able = [(one.score, one) for one in drawn if one.answer is not None and one.score is not None]
    return max(able, key=lambda scored: scored[0])[1] if able else None


def most_frequent(drawn: Sequence[Drawn]) -> Drawn | None:
    """Return the first solution that gives the most frequent answer, the earlier of equal ones."""
    votes = Counter(one.group for one in drawn if one.answer is not None)
    if not votes:
        return None
    [(leader, _)] = votes.most_common(1)
    return next(one for one in drawn if one.answer is not None and one.group == leader)


def picked(
    questions: Sequence[Sequence[Drawn]],
    n: int,
    pick: Picker,
    *,
    most: int,
    trials: int = TRIALS,
    seed: int = 0,
) -> Spread:
    """Return how often the pick of n out of `most` is right, over random trials.

    Args:
        questions: (Q,) questions, at least one, with up to `most` solutions each.
        n: how many are drawn, up to `most`.
        pick: chooses one of those drawn.
        most: what each question's solutions are padded to.
        trials: how often it is done.
        seed: decides what is drawn.
    """
    chance = Random(seed)
    padded = [[*drawn, *[None] * (most - len(drawn))] for drawn in questions]

    def right(pool: Sequence[Drawn | None]) -> bool:
        chosen = pick([one for one in chance.sample(pool, n) if one is not None])
        return chosen is not None and chosen.right

    rates = [fmean(right(pool) for pool in padded) for _ in range(trials)]
    return Spread(fmean(rates), pstdev(rates))


def curve(
    questions: Sequence[Sequence[Drawn]], *, trials: int = TRIALS, seed: int = 0
) -> tuple[Point, ...]:
    """Return a point for 1, 2, 4 and so on, and for the most solutions that a question has."""
    most = max((len(drawn) for drawn in questions), default=0)
    ns = sorted({2**power for power in range(most.bit_length())} | {most} if most else set())
    scored = any(one.score is not None for drawn in questions for one in drawn)

    def spread(n: int, pick: Picker) -> Spread:
        return picked(questions, n, pick, most=most, trials=trials, seed=seed)

    return tuple(
        Point(
            n,
            fmean(pass_at_k(len(drawn), sum(d.right for d in drawn), n) for drawn in questions),
            spread(n, most_frequent),
            spread(n, best) if scored else None,
        )
        for n in ns
    )
