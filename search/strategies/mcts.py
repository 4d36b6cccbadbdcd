r"""Monte Carlo tree search over reasoning steps, guided by a process reward model, or by agreement.

Source: MCTS as in OpenR, arXiv:2410.09671, with AlphaZero's PUCT (Silver et al. 2018);
rStar, arXiv:2408.06195, section 3.2, for `RStar`.
    num_path, rollouts -> simulations    paths followed to their end
    tree_max_width     -> width          next steps drawn at a leaf
    tree_max_depth     -> depth          steps after which a path's rest is drawn in one piece
    P(s, a)            -> Node.prior     the step's probability (geometric mean over its tokens) as
                          a share of its siblings'; 1 / width each, where it is not known
    Q(s, a)            -> Node.q         the scorer's view of the step, then the mean of the ends
Differs from the papers: `leaves` paths are walked together, spread by virtual loss, and each round
expands all their leaves at once. Equal steps of one leaf are merged. Every path is drawn to an end,
where OpenR cuts it at the depth limit. A step the scorer abstains on is valued as the one before
it. Every end drawn has a vote, whether or not a path was followed to it. Of rStar's five actions
there is one, a next step; its shares are counted anew as ends come; the second model that checks
is left out. Children never visited are taken in the order drawn, which is random already.
Cost: at most simulations * (depth * width + 1) steps, in rounds of up to `leaves` requests.
"""

from abc import abstractmethod
from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from scorers.base import Candidate
from search.errors import NothingToVote
from search.search import Search
from search.select import best, majority, weighted_vote
from search.strategies.base import Judges, Strategy
from search.tree import Node, back_up, descend, puct, siblings_visits, uct


class _TreeSearch(Strategy):
    """Follow paths through a tree of steps, and learn from where they end."""

    continues: ClassVar[bool] = True

    simulations: int = Field(default=16, ge=1, le=256, description="paths followed to their end")
    leaves: int = Field(default=4, ge=1, le=64, description="paths walked together, at most")
    width: int = Field(default=4, ge=1, le=64, description="next steps drawn at a leaf")
    depth: int = Field(
        default=10, ge=0, le=64, description="steps after which the rest is drawn in one piece"
    )
    max_step_tokens: int = Field(default=256, ge=1, description="tokens a step, at most")
    step_end: str = Field(default="\n\n", min_length=1, description="text that ends a step")

    @property
    @override
    def solutions(self) -> int:
        return 1

    @property
    @override
    def at_once(self) -> int:
        return self.leaves * self.width

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        tree = Node(root)
        for begun in range(0, self.simulations, self.leaves):
            paths = [tree] * min(self.leaves, self.simulations - begun)
            while True:
                paths = [descend(node, self._urgency) for node in paths]
                leaves = list(dict.fromkeys(node for node in paths if not node.ended))
                if not leaves:
                    break
                await self._expand(search, leaves)
                await self._value_steps(search, tree)
            for end in paths:
                back_up(end)
            await self._value_ends(search, tree)
        return await self._choose(search, tree)

    async def _expand(self, search: Search, leaves: list[Node]) -> None:
        """Draw `width` next steps of each leaf, or of leaves that are all at `depth` the rest."""
        shallow = [leaf for leaf in leaves if leaf.depth < self.depth]
        how = search.steps(self.step_end, self.max_step_tokens) if shallow else None
        growing, n = (shallow, self.width) if shallow else (leaves, 1)
        families = await search.extend_each([leaf.candidate for leaf in growing], n, how)
        for leaf, family in zip(growing, families, strict=True):
            leaf.grow(family)

    @abstractmethod
    def _urgency(self, node: Node) -> float:
        """Return how soon a path should go to this node rather than to its siblings."""

    async def _value_steps(self, search: Search, tree: Node) -> None:
        """Value the steps just drawn."""

    async def _value_ends(self, search: Search, tree: Node) -> None:
        """Value the ends, now that there are more of them."""

    @abstractmethod
    async def _choose(self, search: Search, tree: Node) -> Candidate:
        """Return the answer."""


class Mcts(_TreeSearch):
    """Follow paths by PUCT, value steps and ends by the scorer, take a vote weighed by score."""

    paper: ClassVar[str] = "arXiv:2410.09671"
    cost: ClassVar[str] = "simulations * (depth * width + 1) steps and scores, at most"
    alternatives: ClassVar[int] = 1
    judges: ClassVar[Judges] = "steps"

    kind: Literal["mcts"] = "mcts"

    @override
    def _urgency(self, node: Node) -> float:
        return puct(node.q, node.prior, siblings_visits(node), node.visits)

    @override
    async def _value_steps(self, search: Search, tree: Node) -> None:
        # All, not only the new: if another scorer has taken over, its scores replace the others.
        nodes = list(tree.below())
        scored = await search.score([node.candidate for node in nodes])
        for node, known in zip(nodes, scored, strict=True):
            before = node.parent.value if node.parent else 0.0
            node.value = before if known.score is None else known.score

    @override
    async def _choose(self, search: Search, tree: Node) -> Candidate:
        ends = [node.candidate for node in tree.below() if node.candidate.finished]
        scored = await search.score(ends)
        return weighted_vote(scored, await search.group(scored)) or best(scored)


class RStar(_TreeSearch):
    """Follow paths by UCT, value an end by the share of ends that agree with it: no scorer."""

    paper: ClassVar[str] = "arXiv:2408.06195"
    cost: ClassVar[str] = "simulations * (depth * width + 1) steps, at most"
    judges: ClassVar[Judges] = "nothing"

    kind: Literal["rstar"] = "rstar"
    depth: int = Field(
        default=5, ge=0, le=64, description="steps after which the rest is drawn in one piece"
    )
    c: float = Field(default=2.0, ge=0, le=100, description="weight of exploration in UCT")

    @override
    def _urgency(self, node: Node) -> float:
        return uct(node.q, siblings_visits(node), node.visits, self.c)

    @override
    async def _value_ends(self, search: Search, tree: Node) -> None:
        ends = _ends(tree)
        groups = (await search.group([end.candidate for end in ends])).groups
        for end, group in zip(ends, groups, strict=True):
            end.value = 0.0 if group is None else groups.count(group) / len(groups)
        search.propose(max(ends, key=lambda end: end.value).candidate)

    @override
    async def _choose(self, search: Search, tree: Node) -> Candidate:
        ends = [end.candidate for end in _ends(tree)]
        winner = majority(ends, await search.group(ends))
        if winner is None:
            raise NothingToVote("rstar: no path ends with a final answer to be counted")
        return winner


def _ends(tree: Node) -> list[Node]:
    """Return where paths end, followed so far or not."""
    return [node for node in tree.below() if node.ended]
