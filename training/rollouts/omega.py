"""The first error of a solution, found by binary search: all before it is right, it is wrong.

Source: OmegaPRM, Luo et al. 2024, arXiv:2406.06592: a beginning is good if at least one of k
roll-outs from it is right; k -> rollouts.
Assumes what the paper does: a beginning that holds an error leads nowhere, so that once one is
bad all longer ones are. A model that recovers from an error has it go unseen, and so has chance:
a bad beginning can hit the answer, a good one miss it k times.
Differs from the paper: there is no tree that grows by further searches, only the solutions drawn;
what those that are right begin with is good without roll-outs. Of a question that no solution
solves nothing is known to be good: its solutions have no labels. The paper leaves out such
questions too, and those that all solutions solve.
Cost: `rollouts` continuations for each of at most ceil(log2 S) beginnings of a wrong solution.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from training.examples import Rating
from training.rollouts.continued import Continued
from training.rollouts.solutions import Prefix, Solution


@dataclass(frozen=True, slots=True)
class Bisection:
    """The first error of one solution is behind its first `good` steps, and within `bad` of them.

    Of 0 steps it is known that they are good, of all that they are not.
    """

    good: int
    bad: int

    @property
    def found(self) -> bool:
        """Whether the first error is step `bad`, counted from 1."""
        return self.bad - self.good == 1

    @property
    def middle(self) -> int:
        """How many steps to look at next."""
        return (self.good + self.bad) // 2

    def narrowed(self, *, good: bool) -> "Bisection":
        """Return what is left, once it is known whether the steps up to the middle are good."""
        return replace(self, good=self.middle) if good else replace(self, bad=self.middle)


async def ratings(
    solutions: Sequence[Solution], continued: Continued
) -> list[tuple[Rating, ...] | None]:
    """Return for each of (N,) solutions the ratings of its steps up to the first error.

    All are right if the solution is; `None` if no solution is, and nothing can be told.
    """
    if not any(solution.right for solution in solutions):
        return [None] * len(solutions)
    proven = {p for solution in solutions if solution.right for p in solution.prefixes}
    searched = {i: _begin(s, proven) for i, s in enumerate(solutions) if not s.right}
    while looked := {
        i: solutions[i].prefixes[b.middle - 1] for i, b in searched.items() if not b.found
    }:
        shares = await continued.shares(looked.values())
        searched |= _narrowed(searched, looked, shares)
    return [_rated(solution, searched.get(i)) for i, solution in enumerate(solutions)]


def _begin(solution: Solution, proven: Collection[Prefix]) -> Bisection:
    known = [i for i, prefix in enumerate(solution.prefixes[:-1], 1) if prefix in proven]
    return Bisection(max(known, default=0), len(solution.prefixes))


def _narrowed(
    searched: Mapping[int, Bisection], looked: Mapping[int, Prefix], shares: Mapping[Prefix, float]
) -> dict[int, Bisection]:
    return {i: searched[i].narrowed(good=shares[prefix] > 0) for i, prefix in looked.items()}


def _rated(solution: Solution, searched: Bisection | None) -> tuple[Rating, ...]:
    right: Rating = 1
    if searched is None:
        return (right,) * len(solution.steps)
    return (*[right] * searched.good, -1)
