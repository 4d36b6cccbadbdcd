"""Learning verifiers from few labels, with the large verifier in place of people.

Source: arXiv:2305.20050, section 4. The large process reward model labels solutions of the
reasoner (a step is wrong iff P(wrong) > 0.20, labels stop at the first), small verifiers learn from
more and more of them, and each picks among samples of problems that are held out.

Differs from the paper: small and large verifiers are of one size; the large one has seen more.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

from evaluation.lab.apprentices import taught
from evaluation.lab.found import Scale, Told, watched
from evaluation.lab.models import Judge, Models
from evaluation.lab.picking import best_of
from evaluation.lab.problems import draw_problems
from evaluation.lab.solutions import labelled
from evaluation.lab.task import Problem
from evaluation.statistics import Estimate, mean
from scorers.base import aggregate
from training.examples import Example
from training.label.active import Ranked, select
from training.label.synthetic import THRESHOLD, ratings_of
from training.tuning.models import Base
from training.verifier.config import Kind

_POOL_SEED = 4
Pool = list[list[Example]]
"""(Q,) problems' solutions, each labelled by the large verifier; `outcome` is the truth."""


class Trial:
    """The pool that is learnt from, and the samples that are picked from."""

    def __init__(
        self, models: Models, base: Base, held_out: Sequence[Problem], scale: Scale, told: Told
    ) -> None:
        self._models, self._scale, self._told = models, scale, told
        self._base = base
        avoid = {problem.question for problem in held_out}
        learnt = draw_problems(_POOL_SEED + scale.seed, scale.problems, avoid)
        self.pool = self._labelled(self._drawn(learnt, scale.pool, "pool"))
        self._held_out = self._drawn(held_out, scale.samples, "samples")

    def worth(self, kind: Kind, examples: Sequence[Example]) -> list[float]:
        """Train a verifier; return (Q,) chances that its pick of a problem's samples is right."""
        judge = self._taught(kind, examples)
        return [_picked(kind, judge, samples) for samples in self._held_out]

    def convincing(self) -> list[list[float]]:
        """Return (Q,) problems' solutions' scores by the selector.

        It is trained on one solution of each problem (section 4.2).
        """
        selector = self._taught("prm", [solutions[0] for solutions in self.pool])
        return [[_score("prm", own) for own in selector.rate(pool)] for pool in self.pool]

    def _taught(self, kind: Kind, examples: Sequence[Example]) -> Judge:
        return taught(kind, examples, self._base, self._scale.seed)

    def _drawn(self, problems: Sequence[Problem], n: int, what: str) -> Pool:
        found: Pool = [[] for _ in problems]
        drawn = labelled(self._models.reasoner, problems, n, seed=self._scale.seed)
        for place, examples in watched(drawn, self._told, f"drawing the {what}", len(problems)):
            found[place] = examples
        return found

    def _labelled(self, pool: Pool) -> Pool:
        return [self._by_large(solutions) for solutions in pool]

    def _by_large(self, solutions: list[Example]) -> list[Example]:
        rewards = self._models.large.rate(solutions)
        return [
            example.model_copy(update={"ratings": ratings_of(own, THRESHOLD)})
            for example, own in zip(solutions, rewards, strict=True)
            if own
        ]


@dataclass(frozen=True, slots=True)
class Arm:
    """One way of learning: by size of the training set, what the verifier's pick is worth.

    `shares` is (K, Q): by size and held-out problem.
    """

    shares: tuple[tuple[float, ...], ...]

    def curve(self, seed: int) -> tuple[Estimate, ...]:
        """Return (K,) shares of problems solved, with their intervals."""
        return tuple(mean(row, seed) for row in self.shares)


def uniformly(pool: Pool, n: int, seed: int) -> list[Example]:
    """Choose n solutions of each problem by chance."""
    chance = random.Random(f"{seed}/{n}")
    return [one for solutions in pool for one in chance.sample(solutions, min(n, len(solutions)))]


def actively(pool: Pool, scores: Sequence[Sequence[float]], n: int, seed: int) -> list[Example]:
    """Choose n solutions of each problem: 80 % convincing wrong ones, then what convinces most."""
    chosen: list[Example] = []
    for solutions, own in zip(pool, scores, strict=True):
        ranked = [
            Ranked(key=str(place), right=bool(one.outcome), selector="selector", score=score)
            for place, (one, score) in enumerate(zip(solutions, own, strict=True))
        ]
        chosen += [solutions[int(one.key)] for one in select(ranked, n, seed)]
    return chosen


def slope(sizes: Sequence[int], shares: Sequence[float]) -> float:
    """Return by how much the share rises per doubling: that of the line of best fit."""
    xs = [log2(size) for size in sizes]
    x, y = sum(xs) / len(xs), sum(shares) / len(shares)
    pairs = zip(xs, shares, strict=True)
    return sum((a - x) * (b - y) for a, b in pairs) / sum((a - x) ** 2 for a in xs)


def _score(kind: Kind, rewards: Sequence[float]) -> float:
    if not rewards:
        return 0.0
    return rewards[-1] if kind == "orm" else aggregate(rewards, "product")


def _picked(kind: Kind, judge: Judge, samples: Sequence[Example]) -> float:
    """Return the chance that the best-scored of all samples of a problem is right."""
    rewards = judge.rate(samples)
    scores = [
        None if example.answer is None else _score(kind, own)
        for example, own in zip(samples, rewards, strict=True)
    ]
    return best_of(scores, [bool(example.outcome) for example in samples], len(samples))
