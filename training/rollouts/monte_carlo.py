"""Monte Carlo labels: a step is worth the share of roll-outs from it that come out right.

Source: Math-Shepherd, Wang et al. 2023, arXiv:2312.08935, "soft estimation"; with 16 solutions a
question and 16 roll-outs a step, arXiv:2408.03314, appendix D.
Differs from the papers: behind the last step there is nothing to roll out, so its value is the
outcome itself; solutions that begin alike share their roll-outs.
Cost: `rollouts` continuations for each different beginning of the solutions.
"""

from collections.abc import Sequence

from training.rollouts.continued import Continued
from training.rollouts.solutions import Solution


async def values(solutions: Sequence[Solution], continued: Continued) -> list[tuple[float, ...]]:
    """Return for each of (N,) solutions the values of its (S,) steps, in [0, 1]."""
    begun = (prefix for solution in solutions for prefix in solution.prefixes[:-1])
    shares = await continued.shares(begun)
    return [
        (*(shares[prefix] for prefix in solution.prefixes[:-1]), float(solution.right))
        for solution in solutions
    ]
