"""How easy each question is, by an estimator, and what finding that out costs.

The probe is the first K solutions of a question's pool, which are in random order.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from evaluation.calibrate.errors import NotPooled
from evaluation.calibrate.pool import Pooled, Solution
from scorers.base import Verdict
from search.difficulty import agreement, first_token, mean_score, pass_at_1
from search.errors import NotMeasurable

Estimator: TypeAlias = Literal["score", "agreement", "first_token", "prompt", "oracle"]


@dataclass(frozen=True, slots=True)
class Probe:
    """How ease is found: by this estimator, of this many samples; none if it is `prompt`."""

    estimator: Estimator
    samples: int

    def ease(self, pooled: Pooled) -> float:
        """Return the ease of a question.

        Raises:
            NotPooled: its samples do not tell.
        """
        seen = pooled.solutions[: self.samples]
        try:
            if self.estimator in ("oracle", "prompt"):
                # What is read from prompts is learned from this, once all is known.
                return oracle_ease(pooled)
            if self.estimator == "agreement":
                return agreement([solution.group for solution in seen])
            if self.estimator == "first_token":
                return first_token([one.first for one in seen if one.first is not None])
            ease = mean_score([_score(solution) for solution in seen])
        except NotMeasurable as error:
            raise NotPooled(str(error)) from error
        if ease is None:
            raise NotPooled(f"{pooled.scorer} judged none of the {self.samples} samples of a probe")
        return ease

    def tokens(self, pooled: Pooled) -> float:
        """Return what the probe takes; the oracle's is not for sale, and taken to be nothing."""
        if self.estimator in ("oracle", "prompt"):
            return 0.0
        seen = pooled.solutions[: self.samples]
        judging = pooled.judging_tokens * len(seen) if self.estimator == "score" else 0.0
        return sum(solution.tokens for solution in seen) + judging


def oracle_ease(pooled: Pooled) -> float:
    """Return pass@1 of the whole pool."""
    return pass_at_1([solution.right for solution in pooled.solutions])


def _score(solution: Solution) -> float | None:
    return solution.opinion.score if isinstance(solution.opinion, Verdict) else None
