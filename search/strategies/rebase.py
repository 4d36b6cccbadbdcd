"""REBASE: reward-balanced search, a tree whose nodes get children by their rewards.

Source: Wu et al. 2024, arXiv:2408.00724, section 3.2.
    B   -> n             nodes at each depth, the leaves of earlier depths among them
    T_b -> temperature   of the softmax that balances exploration with exploitation
    R   -> the scorer's score of a node, in [0, 1]
Differs from the paper: nodes at the last depth are drawn to their end; samples are drawn at the
request's temperature, and an answer has the request's most tokens, where they use 1.0 and 1024;
where no leaf ends with an answer that could be weighed, the best leaf is returned. A node the
scorer abstains on has the reward 0.
Cost: at most n steps and n scores a depth for `depth` depths.
"""

from collections.abc import Sequence
from math import ceil, exp
from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from scorers.base import Candidate, Scored
from search.resample import repeated
from search.search import Search
from search.select import best, weighted_vote
from search.strategies.base import Judges, Strategy

_DRIFT = 1e-9
"""What rounding may add to a whole number of children before it counts as one more."""


class Rebase(Strategy):
    """Share `n` children among the nodes of a depth by their rewards; vote among the leaves."""

    paper: ClassVar[str] = "arXiv:2408.00724"
    cost: ClassVar[str] = "n steps and n scores a depth, for at most `depth` depths"
    continues: ClassVar[bool] = True
    judges: ClassVar[Judges] = "steps"

    kind: Literal["rebase"] = "rebase"
    n: int = Field(default=16, ge=1, le=256, description="nodes a depth, earlier leaves included")
    temperature: float = Field(
        default=0.2, ge=0.01, le=100, description="of the balance: low gives the best node more"
    )
    depth: int = Field(default=25, ge=1, le=256, description="steps in a solution, at most")
    max_step_tokens: int = Field(default=256, ge=1, description="tokens a step, at most")
    step_end: str = Field(default="\n\n", min_length=1, description="text that ends a step")

    @property
    @override
    def solutions(self) -> int:
        return self.n

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        step = search.steps(self.step_end, self.max_step_tokens)
        parents: Sequence[Candidate] = [root]
        nodes: list[Scored] = []
        leaves: list[Scored] = []
        for left in reversed(range(self.depth)):
            drawn = await search.extend(parents, 1 if nodes else self.n, step if left else None)
            nodes = await search.score(drawn)
            leaves += [node for node in nodes if node.finished]
            live = [node for node in nodes if not node.finished]
            rewards = [node.score or 0.0 for node in live]
            parents = repeated(live, balanced(rewards, self.n - len(leaves), self.temperature))
            if not parents:
                break
        found = leaves or nodes
        return weighted_vote(found, await search.group(found)) or best(found)


def balanced(rewards: Sequence[float], budget: int, temperature: float) -> list[int]:
    """Share `budget` children among (L,) nodes, the best served first; they add up to it.

    Each gets its softmax share of what is left, rounded up: the worst may get none.
    """
    order = sorted(range(len(rewards)), key=lambda i: rewards[i], reverse=True)
    weights = [exp((rewards[i] - rewards[order[0]]) / temperature) for i in order]
    counts = [0] * len(rewards)
    left = max(0, budget)
    for place, i in enumerate(order):
        share = left * weights[place] / sum(weights[place:]) if left else 0.0
        counts[i] = min(left, ceil(share - _DRIFT))
        left -= counts[i]
    return counts
