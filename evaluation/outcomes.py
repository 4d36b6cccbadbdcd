"""What strategies came to on questions: what a policy is fitted to. Needs the `evaluate` extra."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.resampling import Floats
from search.policy.choice import PLAIN
from search.registry import AnyStrategy

FEWEST = 4
"""Questions in a bin, at least: two to choose by and two to measure on."""


class CannotFit(ValueError):
    """No policy can be fitted to these outcomes; says why."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What strategies came to on (Q,) questions.

    A family of strategies has one column for each budget it was measured at, and parameters to
    match: `best_of_n` with n = 1, 4, 16 is three of the (S,) strategies.

    Attributes:
        questions: (Q,) names, all different.
        ease: (Q,) of the estimator.
        strategies: (S,), one plain sample among them.
        accuracy: (Q, S) P(right), in [0, 1].
        tokens: (Q, S) spent, above 0.
        budgets: of tokens, rising.
        baseline: places of those of the strategies that the policy is compared with, by rising
            cost; best-of-N in the paper.
        probe_tokens: (Q, S) spent to find the ease, over what the strategy can use of it: one that
            draws whole solutions takes the probe's for its first.
        oracle_ease: (Q,) pass@1, if the policy of oracle bins is wanted too.
        pauses: (S,) behind the prompts of each, 0 for all if not given; those of the first plain
            sample, of the baseline and of the probe are the least.
        plain_flops: (Q, M) of one plain sample, by the number of pauses, rising; `None` if the size
            of the model is not known.
    """

    questions: Sequence[str]
    ease: Floats
    strategies: Sequence[AnyStrategy]
    accuracy: Floats
    tokens: Floats
    budgets: Sequence[int]
    baseline: Sequence[int]
    probe_tokens: Floats
    oracle_ease: Floats | None = None
    pauses: Sequence[int] = ()
    plain_flops: Floats | None = None

    def __post_init__(self) -> None:
        q, s = len(self.questions), len(self.strategies)
        for name, array, shape in (
            ("ease", self.ease, (q,)),
            ("accuracy", self.accuracy, (q, s)),
            ("tokens", self.tokens, (q, s)),
            ("probe_tokens", self.probe_tokens, (q, s)),
            ("oracle_ease", self.ease if self.oracle_ease is None else self.oracle_ease, (q,)),
        ):
            if array.shape != shape or not np.isfinite(array).all():
                raise CannotFit(f"{name} is to be {shape} finite numbers")
        if len(set(self.questions)) < max(q, FEWEST):
            raise CannotFit(f"{FEWEST} different questions are the least, and none twice")
        if PLAIN not in self.strategies:
            raise CannotFit("one plain sample is not among the strategies")
        self._check_ranges()

    def _check_ranges(self) -> None:
        if ((self.accuracy < 0) | (self.accuracy > 1)).any():
            raise CannotFit("an accuracy is not in [0, 1]")
        if (self.tokens <= 0).any() or (self.probe_tokens < 0).any():
            raise CannotFit("a strategy took no tokens, or a probe fewer than none")
        if not self.budgets or min(self.budgets) < 1 or (np.diff(self.budgets) <= 0).any():
            raise CannotFit("the budgets do not rise from 1 or more")
        if not self.baseline:
            raise CannotFit("there is no baseline to compare with")

    @property
    def plain(self) -> int:
        """The place of the plain sample."""
        return list(self.strategies).index(PLAIN)

    @property
    def paused(self) -> list[int]:
        """The (S,) pauses of the strategies."""
        return list(self.pauses) or [0] * len(self.strategies)

    @property
    def data(self) -> str:
        """Return 12 hexadecimal digits that only equal outcomes share."""
        digest = hashlib.sha256("\n".join(self.questions).encode())
        for array in (self.ease, self.accuracy, self.tokens):
            digest.update(np.ascontiguousarray(array, dtype=np.float64).tobytes())
        digest.update("".join(s.model_dump_json() for s in self.strategies).encode())
        digest.update(" ".join(map(str, self.pauses)).encode())
        return digest.hexdigest()[:12]
