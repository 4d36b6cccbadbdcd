"""What picking one of N solutions is worth, from a pool of M of each question. Knows no models.

Source: arXiv:2305.20050, section 2.7 and the code published with it: N of M are drawn without
replacement; a solution without an answer is never picked, and counts all the same; a question of
which nothing can be picked is wrong. What the paper draws 400 times is exact here where it can be.
"""

import random
from collections.abc import Sequence
from math import comb

VOTES = 30
"""Drawings of N in which votes are counted."""


def best_of(scores: Sequence[float | None], right: Sequence[bool], n: int) -> float:
    """Return P(the best-scored of n drawn out of (M,) is right); `None` is never picked.

    The earlier of equally good ones is picked.
    """
    whole, m = comb(len(scores), n), len(scores)
    able = [i for i, score in enumerate(scores) if score is not None]
    ranked = sorted(able, key=lambda i: (-(scores[i] or 0.0), i))
    # The one of rank r is picked if it is drawn, and the others are of those ranked behind it.
    chances = (comb(m - 1 - rank, n - 1) / whole for rank in range(len(ranked)))
    return sum(chance for i, chance in zip(ranked, chances, strict=True) if right[i])


def majority_of(answers: Sequence[str | None], truth: str, n: int, seed: str) -> float:
    """Return P(the most frequent of n drawn out of (M,) answers is right); `None` never votes.

    Of equally frequent ones the one drawn first is taken.
    """
    return weighted_of(answers, [1.0] * len(answers), truth, n, seed)


def weighted_of(
    answers: Sequence[str | None],
    weights: Sequence[float | None],
    truth: str,
    n: int,
    seed: str,
) -> float:
    """Return P(the answer of n drawn out of (M,) whose weights sum highest is right).

    What has no answer or no weight never votes; of equal sums the one drawn first is taken. A seed
    draws the same places whatever the weights are.
    """
    votes = list(zip(answers, weights, strict=True))
    chance, drawings = random.Random(seed), VOTES if n < len(answers) else 1
    won = (_elected(chance.sample(votes, n)) == truth for _ in range(drawings))
    return sum(won) / drawings


def quintiles(rates: Sequence[float]) -> list[int]:
    """Return the fifth, 0 to 4 from the easiest, that each of (Q,) questions is in by pass rate."""
    ordered = sorted(range(len(rates)), key=lambda i: (-rates[i], i))
    found = [0] * len(rates)
    for place, i in enumerate(ordered):
        found[i] = 5 * place // len(rates)
    return found


def _elected(votes: Sequence[tuple[str | None, float | None]]) -> str | None:
    sums: dict[str, float] = {}
    for answer, weight in votes:
        if answer is not None and weight is not None:
            sums[answer] = sums.get(answer, 0.0) + weight
    return max(sums, key=sums.__getitem__, default=None)
