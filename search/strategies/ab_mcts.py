r"""AB-MCTS-A: wider or deeper, decided at every solution by drawing from what its scores promise.

Source: Inoue et al. 2025, arXiv:2503.04412, with node aggregation as in treequest.
    GEN      a new solution: at the root from the question, elsewhere a refinement
    CONT     one of the solutions there already, and on from there
    r        -> score         of the solution, in [0, 1]
    budget   -> n             solutions drawn
A solution's score is seen by GEN where it was drawn, by itself, and by CONT and the solution on
the way at each place above.
Differs from the paper: `batch` places are picked before the next scores are seen, so that a round
is one call; the first round is drawn from the question alone, as nothing is there to go on from.
One model, so there is no choice between models. A solution the scorer abstains on tells nothing.
Cost: n solutions and scores, in ceil(n / batch) rounds.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import ClassVar, Literal, Self

from pydantic import Field
from typing_extensions import override

from scorers.base import Candidate
from search.search import Search
from search.select import best
from search.strategies.base import Strategy
from search.strategies.prompts import revising
from search.thompson import Belief, Beta, Normal


@dataclass(slots=True, eq=False)
class Attempt:
    """A solution, those that refine it, and what they are drawn from once that is known."""

    solution: Candidate
    prompt: Candidate | None = None
    score: float | None = None
    children: list[Self] = field(default_factory=list)

    @property
    def scores(self) -> list[float]:
        """Its score and those of all below it."""
        known = [] if self.score is None else [self.score]
        return [*known, *self.below]

    @property
    def below(self) -> list[float]:
        """The scores of all below it."""
        return [score for child in self.children for score in child.scores]

    def all(self) -> Iterator[Self]:
        """Give all below it."""
        for child in self.children:
            yield child
            yield from child.all()


class AbMcts(Strategy):
    """Draw solutions anew or refine those there are, whichever a draw from the scores favours."""

    paper: ClassVar[str] = "arXiv:2503.04412"
    cost: ClassVar[str] = "n solutions and scores, in n / batch rounds"
    converses: ClassVar[bool] = True

    kind: Literal["ab_mcts"] = "ab_mcts"
    n: int = Field(default=16, ge=1, le=256, description="solutions drawn")
    batch: int = Field(default=4, ge=1, le=64, description="solutions drawn together, at most")
    prior: Literal["normal", "beta"] = Field(
        default="normal", description="family of the beliefs in the scores to come"
    )

    @property
    @override
    def solutions(self) -> int:
        return self.n

    @property
    @override
    def at_once(self) -> int:
        return min(self.batch, self.n)

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        tree = Attempt(root, prompt=root)
        first = await search.extend([root], min(self.batch, self.n), scoring=True)
        tree.children = [Attempt(solution) for solution in first]
        chance, prior = search.random(), Beta() if self.prior == "beta" else Normal()
        for begun in range(self.batch, self.n, self.batch):
            await _score(search, tree)
            size = min(self.batch, self.n - begun)
            picks = [pick(tree, prior, chance) for _ in range(size)]
            prompts = await _prompts(search, picks)
            families = await search.extend_each(prompts, 1, scoring=True)
            for place, family in zip(picks, families, strict=True):
                place.children += [Attempt(solution) for solution in family]
        return best(await search.score([attempt.solution for attempt in tree.all()]))


def pick(node: Attempt, prior: Belief, chance: Random) -> Attempt:
    """Return the place where a new solution is to be drawn: where there is none yet, there."""
    while node.children:
        drawn_here = [child.score for child in node.children if child.score is not None]
        drawn_below = [score for child in node.children for score in child.below]
        new, old = prior.after(drawn_here), prior.after(drawn_below)
        if new.draw(chance) >= old.draw(chance):
            return node
        draws = [prior.after(child.scores).draw(chance) for child in node.children]
        node = node.children[draws.index(max(draws))]
    return node


async def _score(search: Search, tree: Attempt) -> None:
    """Score all, not only the new: another scorer may have taken over, or one that compares."""
    attempts = list(tree.all())
    scored = await search.score([attempt.solution for attempt in attempts])
    for attempt, known in zip(attempts, scored, strict=True):
        attempt.score = known.score


async def _prompts(search: Search, picks: list[Attempt]) -> list[Candidate]:
    """Return what each pick's next solution is drawn from, rendered once for each place."""
    new = [place for place in dict.fromkeys(picks) if place.prompt is None]
    rendered = await search.prompts([revising([place.solution]) for place in new])
    for place, prompt in zip(new, rendered, strict=True):
        place.prompt = prompt
    return [place.prompt for place in picks if place.prompt]
