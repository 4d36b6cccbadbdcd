"""What scores say of the mean score there is to come: posteriors to draw from.

Source: AB-MCTS-A, arXiv:2503.04412; Murphy, Probabilistic Machine Learning: Advanced
Topics, section 3.4.3.3, for the normal distribution with both parameters unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from random import Random
from sys import float_info
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Normal:
    """A normal-inverse-chi-squared belief in mean and variance; as it stands, the prior."""

    m: float = 0.0
    kappa: float = 1.0
    nu: float = 1.0
    tau2: float = 0.1

    def after(self, scores: Sequence[float]) -> "Normal":
        """Return the belief once (N,) scores are seen."""
        n = len(scores)
        if not n:
            return self
        mean = sum(scores) / n
        spread = sum((score - mean) ** 2 for score in scores)
        kappa, nu = self.kappa + n, self.nu + n
        drift = n * self.kappa * (self.m - mean) ** 2 / kappa
        tau2 = (self.nu * self.tau2 + spread + drift) / nu
        return Normal((self.kappa * self.m + n * mean) / kappa, kappa, nu, tau2)

    def draw(self, chance: Random) -> float:
        """Return a mean: sigma2 from InvGamma(nu/2, nu tau2/2), mu from N(m, sigma2/kappa)."""
        gamma = max(chance.gammavariate(self.nu / 2, 1.0), float_info.min)
        sigma2 = self.nu * self.tau2 / 2 / gamma
        return chance.gauss(self.m, sqrt(sigma2 / self.kappa))


@dataclass(frozen=True, slots=True)
class Beta:
    """A beta belief in the mean of scores in [0, 1]; as it stands, Jeffreys' prior."""

    a: float = 0.5
    b: float = 0.5

    def after(self, scores: Sequence[float]) -> "Beta":
        """Return the belief once (N,) scores are seen."""
        right = sum(scores)
        return Beta(self.a + right, self.b + len(scores) - right)

    def draw(self, chance: Random) -> float:
        """Return a mean."""
        return chance.betavariate(self.a, self.b)


Belief: TypeAlias = Normal | Beta
