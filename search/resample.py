"""Weights of particles, and drawing from them with replacement: arithmetic, no chance of its own.

The random numbers are the caller's, each in [0, 1). Counts are how often each of (N,) particles
is drawn.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, chain, pairwise
from math import exp, floor, log
from typing import TypeVar

from scorers.base import Candidate, Scored, Verdict

C = TypeVar("C", bound=Candidate)

_CLIP = 1e-7
"""Rewards are kept this far from 0 and 1, whose logits are not finite."""
_EARLY = 0.5
"""The share of the rounds in which particles are kept apart, arXiv:2510.05825."""
_IMPOVERISHED = 0.5
"""The effective share of particles below which they are, arXiv:2510.05825."""


def log_weight(particle: Scored) -> float:
    """Return the logit of the reward of the last step; whoever is abstained on weighs least.

    Source: arXiv:2502.01618, section 3: the newest reward takes the place of those before it.
    """
    opinion = particle.opinion
    reward = opinion.rewards[-1] if isinstance(opinion, Verdict) and opinion.rewards else 0.0
    return logit(reward)


def logit(reward: float) -> float:
    """Return the logarithm of the odds of a reward in [0, 1], which is finite."""
    clipped = min(1 - _CLIP, max(_CLIP, reward))
    return log(clipped / (1 - clipped))


def softmax(log_weights: Sequence[float], temperature: float) -> list[float]:
    """Return (N,) probabilities proportional to exp(log-weight / temperature)."""
    highest = max(log_weights)
    weights = [exp((weight - highest) / temperature) for weight in log_weights]
    total = sum(weights)
    return [weight / total for weight in weights]


def heaviest(particles: Sequence[Scored]) -> Scored:
    """Return the particle with the highest weight among the finished, if any is finished."""
    return max(particles, key=lambda particle: (particle.finished, log_weight(particle)))


def multinomial(probabilities: Sequence[float], uniforms: Sequence[float]) -> list[int]:
    """Return (N,) counts of independent draws, one for each of (K,) random numbers."""
    heights = list(accumulate(probabilities))
    counts = [0] * len(probabilities)
    for uniform in uniforms:
        counts[min(bisect_right(heights, uniform * heights[-1]), len(counts) - 1)] += 1
    return counts


def systematic(probabilities: Sequence[float], k: int, offset: float) -> list[int]:
    """Return (N,) counts of `k` draws at even distances, from one random number.

    A particle of probability p is drawn k * p times, rounded up or down.
    """
    heights = list(accumulate(probabilities))
    places = [k * (height / heights[-1]) for height in heights]
    # The draws are at i + offset. Compared by their fractions: a sum would round at the edges.
    below = [floor(place) + (place - floor(place) > offset) for place in places]
    return [high - low for low, high in pairwise([0, *below])]


def effective_size(probabilities: Sequence[float]) -> float:
    """Return the effective sample size: N if all are equal, 1 if one has all the weight."""
    return 1 / sum(p * p for p in probabilities)


def annealed(probabilities: Sequence[float], progress: float) -> float:
    """Return the temperature at which weights as uneven as these are drawn from.

    Source: entropic annealing by effective sample size, arXiv:2510.05825.

    Args:
        probabilities: of (N,) particles, at temperature 1.
        progress: rounds done of those there can be, in [0, 1].
    """
    share = effective_size(probabilities) / len(probabilities)
    if share >= _IMPOVERISHED or progress >= _EARLY:
        return 1.0
    return max(1.0, (1 - progress) / share)


def repeated(particles: Sequence[C], counts: Sequence[int]) -> list[C]:
    """Return each particle as often as its count says, in order."""
    pairs = zip(particles, counts, strict=True)
    return list(chain.from_iterable([particle] * count for particle, count in pairs))
