"""How sure the generator was of what it wrote: its own log-probabilities, so no call and no cost.

`mean_logprob` is the geometric mean of the token probabilities, exp(1/T sum log p).

`self_certainty` stands in for arXiv:2502.18581, section 3.2, the mean divergence of each token's
distribution from the uniform one. That needs the whole vocabulary. Servers give the k likeliest
tokens, and of those `Step.certainty` holds the confidence of arXiv:2508.15260, section 3.1:
c = -1/k sum log p, at least 0 and without upper limit. The score is 1 - exp(-mean c), which keeps
the order of candidates and lies in [0, 1]. It says nothing of how likely the answer is right.
"""

from collections.abc import Sequence
from math import exp
from typing import Literal, TypeAlias

from engines.base import Step
from engines.usage import FREE, Usage
from scorers.base import Abstention, Candidate, Judgement, Opinion, Verdict

Measure: TypeAlias = Literal["mean_logprob", "self_certainty"]


class Confidence:
    """Judges any candidate whose tokens came with log-probabilities.

    Args:
        name: what the configuration calls it.
        measure: what is averaged over the tokens.
        alternatives: k of `self_certainty`, at least 1; `mean_logprob` asks for one.
    """

    partial, relative, remote = True, False, False
    counts = FREE

    def __init__(self, name: str, measure: Measure, alternatives: int) -> None:
        self.name = name
        self._measure: Measure = measure
        self.alternatives = alternatives if measure == "self_certainty" else 1

    def bound(self, candidates: Sequence[Candidate]) -> Usage:  # noqa: ARG002 - the protocol's
        """Return no cost: nothing is asked of a server."""
        return Usage()

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        """Judge (N,) candidates; see `Scorer.judge`."""
        return Judgement(tuple(self._opinion(candidate) for candidate in candidates))

    def _opinion(self, candidate: Candidate) -> Opinion:
        known = [numbers for s in candidate.steps if (numbers := self._numbers(s)) is not None]
        if len(known) < len(candidate.steps):
            return Abstention("a step has no log-probabilities")
        tokens = [number for numbers in known for number in numbers]
        if not tokens:
            return Abstention("the solution has no tokens")
        score = self._share(tokens)
        rewards = tuple(self._share(numbers) if numbers else score for numbers in known)
        return Verdict(score, rewards)

    def _numbers(self, step: Step) -> tuple[float, ...] | None:
        """Return (T,) numbers of at most 0; a step without tokens needs none."""
        if self._measure == "mean_logprob":
            numbers = step.logprobs
        else:
            numbers = None if step.certainty is None else tuple(-c for c in step.certainty)
        return () if numbers is None and step.tokens == 0 else numbers

    def _share(self, numbers: Sequence[float]) -> float:
        # Servers round: a certain token's log-probability can be a hair above 0.
        share = exp(min(0.0, sum(numbers) / len(numbers)))
        return share if self._measure == "mean_logprob" else 1 - share
