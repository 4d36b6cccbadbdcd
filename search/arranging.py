"""The order solutions are ranked in where it is known which ideas they rest on."""

from collections.abc import Sequence
from typing import TypeVar

from scorers.base import Candidate, Scored, Verdict
from search.select import rank

C = TypeVar("C", bound=Candidate)


def passed(candidate: Candidate) -> bool | None:
    """Return whether a solution passed all its tests; `None` if none were run."""
    if not isinstance(candidate, Scored) or not isinstance(candidate.opinion, Verdict):
        return None
    report = candidate.opinion.report
    return None if report is None else report.passed == report.total


def arranged(solutions: Sequence[C], ideas: Sequence[frozenset[str]]) -> list[C]:
    """Return (N,) solutions, best first; of equally good ones the least like those before it next.

    Source: those that pass the tests, then the rest, as arXiv:2409.03733, section 5.3, filters by
    public tests. Likeness is the share of common observations, the Jaccard index of (N,) `ideas`;
    what counts is the most alike of those ranked before. Ties go to the one drawn first.
    """
    order: list[int] = []
    likeness = [-1.0] * len(solutions)
    left = list(range(len(solutions)))
    while left:
        grade = max(_grade(solutions[i]) for i in left)
        tier = [i for i in left if _grade(solutions[i]) == grade]
        chosen = min(tier, key=lambda i: likeness[i])
        order.append(chosen)
        left.remove(chosen)
        for i in left:
            likeness[i] = max(likeness[i], overlap(ideas[i], ideas[chosen]))
    return [solutions[i] for i in order]


def overlap(a: frozenset[str], b: frozenset[str]) -> float:
    """Return the Jaccard index of two sets, in [0, 1]; two empty ones are the same."""
    union = a | b
    return len(a & b) / len(union) if union else 1.0


def _grade(candidate: Candidate) -> tuple[int, bool, float]:
    whole, score = rank(candidate)
    return whole, bool(passed(candidate)), score
