"""Choosing among candidates. Ties go to the one drawn first; whoever abstained on ranks last."""

from collections import Counter
from collections.abc import Sequence
from math import inf
from typing import TypeVar

from scorers.answers import Answers
from scorers.base import Candidate, Scored

C = TypeVar("C", bound=Candidate)


def rank(candidate: Candidate) -> tuple[int, float]:
    """Return the key candidates are ordered by: how whole they are, then their score.

    A solution that came to its end is before one that a cap cut, that is malformed or ended while
    it was thinking, and that before one that could still go on: a cut solution has no answer,
    however sure its first half sounds.
    """
    score = candidate.score if isinstance(candidate, Scored) else None
    whole = 2 if candidate.whole else int(candidate.finished)
    return whole, -inf if score is None else score


def best(candidates: Sequence[C]) -> C:
    """Return the candidate with the highest score among the most whole."""
    return max(candidates, key=rank)


def top(candidates: Sequence[Scored], k: int) -> list[Scored]:
    """Return the `k` candidates with the highest scores, best first, finished or not."""
    return sorted(candidates, key=lambda c: rank(c)[1], reverse=True)[:k]


def majority(candidates: Sequence[C], answers: Answers) -> C | None:
    """Return the first candidate that gives the most frequent answer; `None` if none has one.

    Source: self-consistency, Wang et al. 2022, arXiv:2203.11171, section 2.
    """
    voters = heaviest(candidates, answers, [1.0] * len(candidates))
    return voters[0] if voters else None


def votes(answers: Answers) -> list[int]:
    """Return how many votes each different answer has, most first."""
    groups = Counter(group for group in answers.groups if group is not None)
    return [count for _, count in groups.most_common()]


def weighted_vote(candidates: Sequence[Scored], answers: Answers) -> Scored | None:
    """Return the best candidate giving the answer whose scores sum highest; `None` if none has one.

    Source: "best-of-N weighted", Li et al. 2022, arXiv:2206.02336; arXiv:2408.03314, section 5.1.
    """
    voters = heaviest(candidates, answers, [c.score or 0.0 for c in candidates])
    return best(voters) if voters else None


def heaviest(candidates: Sequence[C], answers: Answers, weights: Sequence[float]) -> list[C]:
    """Return the candidates, in order, that give the answer whose (N,) weights sum highest.

    None has an answer: there are none.
    """
    totals: dict[int, float] = {}
    for group, weight in zip(answers.groups, weights, strict=True):
        if group is not None:
            totals[group] = totals.get(group, 0.0) + weight
    if not totals:
        return []
    winner = max(totals, key=lambda group: totals[group])
    return [c for c, group in zip(candidates, answers.groups, strict=True) if group == winner]
