"""PlanSearch: observations on a problem, combinations of them, a plan for each, a program for each.

Source: Wang et al. 2024, arXiv:2409.03733, section 4 and its code.
    n observations asked for -> observations; S -> subset; L -> layers
    `use_fix`, `use_pseudocode` -> fix, pseudocode; completion limit -> n
    plans of all nodes, as their code has it, or of leaves only, as their text -> leaves_only
Differs from the paper: what observations are written as is read as a literal, and what cannot be
read is asked for anew at temperatures 0, 0.2 and 0.4. Plans are in the order of the tree, breadth
first, where theirs are shuffled, and no more ideas are grown than `n` programs need. Under a budget
one program is drawn at once, without a plan, so that there always is one; then whole subtrees are
left out, the last ones first, so that every plan that is begun likely becomes a program.
Cost: 4 samples to grow an idea, 3 for a combination, 2 for each of its 2 plans; 228 where the model
makes 3 observations, and then 2. Rounds: 4 a layer, and 5. Programs are scored in one call.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import ClassVar, Literal

from pydantic import Field, JsonValue
from typing_extensions import override

from engines.base import DEFAULT, Sampling
from scorers.base import Candidate
from search.arranging import passed
from search.ideas import Idea, IdeaTree, read_list
from search.search import Search
from search.strategies.base import Strategy
from search.strategies.programs import (
    Chat,
    Program,
    besides_default,
    coded,
    elected,
    replied,
    talking,
    warmed,
)
from search.strategies.prompts import programs as prompts

_READINGS = (0.0, 0.2, 0.4)
"""Temperatures at which a list is asked for, until it can be read."""
_MOST_TOLD = 300
"""Ideas that a note tells of, at most."""
_LONGEST_TOLD = 300
"""Characters of a plan that it tells."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A way to solve the problem, in words: as it came to mind, or fixed after criticism."""

    idea: Idea
    kind: Literal["sketch", "fixed"]
    text: str


Written = Program[Plan | None]
"""A program; of no plan, if it was drawn at once."""


class PlanSearch(Strategy):
    """Draw observations, plans that rest on combinations of them, and a program of each plan."""

    paper: ClassVar[str] = "arXiv:2409.03733"
    cost: ClassVar[str] = (
        "4 samples to grow an idea, and 7 for 2 programs of each combination; n programs and scores"
    )
    converses: ClassVar[bool] = True

    kind: Literal["plan_search"] = "plan_search"
    observations: int = Field(
        default=10, ge=1, le=20, description="observations asked for, and used of one list at most"
    )
    subset: int = Field(default=2, ge=1, le=3, description="observations in a combination, at most")
    layers: int = Field(default=2, ge=1, le=3, description="times observations are derived")
    filter: bool = Field(
        default=True, description="whether the model keeps its most useful observations only"
    )
    fix: bool = Field(
        default=True, description="whether each plan is criticised, and fixed for a second one"
    )
    pseudocode: bool = Field(default=True, description="whether pseudocode comes before a program")
    leaves_only: bool = Field(
        default=False, description="whether only combinations nothing was derived from have plans"
    )
    n: int = Field(default=256, ge=1, le=1024, description="programs, at most")
    idea_temperature: float | None = Field(
        default=None, ge=0, le=2, description="of all but programs; the request's if null"
    )
    code_temperature: float | None = Field(
        default=None, ge=0, le=2, description="of pseudocode and programs; the request's if null"
    )
    idea_engine: str = Field(default=DEFAULT, description="engine that thinks, by name")
    code_engine: str = Field(default=DEFAULT, description="engine that writes programs, by name")

    @property
    @override
    def solutions(self) -> int:
        return min(self.n, self._plans_each)

    @property
    @override
    def at_once(self) -> int:
        return self.n

    @property
    @override
    def engines(self) -> tuple[str, ...]:
        return besides_default(self.idea_engine, self.code_engine)

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        written: list[Written] = []
        if search.limited:
            written = await self._coded(search, [Chat(None, tuple(prompts.opening(prompts.CODE)))])
        tree = IdeaTree()
        plans: list[Plan] = []
        if len(written) < self.n:
            await self._grow(search, tree)
            plans = await self._carry_out(search, tree, written)
        ranked = await elected(search, written)
        search.note("ideas", **_told(tree, plans, ranked))
        return ranked[0].solution

    @property
    def _plans_each(self) -> int:
        """Plans of each combination."""
        return 2 if self.fix else 1

    @property
    def _calls_each(self) -> int:
        """Samples from a combination to its programs."""
        return 1 + 2 * self.fix + self._plans_each * self._rounds_of_code

    @property
    def _rounds_of_code(self) -> int:
        return 1 + self.pseudocode

    @property
    def _rounds_each(self) -> int:
        """Rounds from combinations to programs."""
        return 1 + 2 * self.fix + self._rounds_of_code

    def _thinking(self, search: Search) -> Sampling:
        return talking(warmed(search.sampling, self.idea_temperature))

    async def _grow(self, search: Search, tree: IdeaTree) -> None:
        """Grow the tree layer by layer, all ideas of one together, as far as that pays."""
        needed = ceil(self.n / self._plans_each)
        frontier = [tree.root]
        for _ in range(self.layers):
            there = len(tree.distinct(leaves_only=self.leaves_only))
            if there >= needed and not self.leaves_only:
                break
            frontier = frontier[:needed]
            fit = search.fitting(
                len(frontier),
                "ideas to be grown",
                calls=3 + self.filter + self._calls_each,
                rounds=3 + self.filter + self._rounds_each,
                after=there * self._calls_each,
            )
            lists = await self._observed(search, frontier[:fit], there * self._calls_each)
            grown = [tree.grow(idea, seen, self.subset) for idea, seen in lists.items()]
            frontier = [child for children in grown for child in children]

    async def _observed(
        self, search: Search, ideas: Sequence[Idea], after: int
    ) -> dict[Idea, tuple[str, ...]]:
        """Return new observations of (K,) ideas; none where they could not be read."""
        how = self._thinking(search)
        first = prompts.observing(self.observations)
        chats = [
            Chat(idea, tuple(prompts.deriving(idea.combo) if idea.parent else first))
            for idea in ideas
        ]
        chats = await replied(search, chats, self.idea_engine, how)
        for asked in (prompts.LIST, *((prompts.FILTER,) if self.filter else ())):
            listing = [chat.then(asked) for chat in chats]
            chats = await replied(search, listing, self.idea_engine, how)
        missing = [chat.then(prompts.AS_PYTHON) for chat in chats]
        lists: dict[Idea, tuple[str, ...]] = {}
        for temperature in _READINGS:
            fit = self._readable(search, len(missing), after) if temperature else len(missing)
            lists |= await self._read(search, missing[:fit], replace(how, temperature=temperature))
            missing = [chat for chat in missing if chat.about not in lists]
        if len(lists) < len(ideas):
            search.degrade(f"{len(ideas) - len(lists)} of {len(ideas)} lists could not be read")
        return {idea: lists.get(idea, ()) for idea in ideas}

    def _readable(self, search: Search, n: int, after: int) -> int:
        """Return how many of n lists can be asked for once more."""
        return search.fitting(n, "readings", calls=1, rounds=1 + self._rounds_each, after=after)

    async def _read(
        self, search: Search, chats: Sequence[Chat[Idea]], how: Sampling
    ) -> dict[Idea, tuple[str, ...]]:
        replies = await replied(search, chats, self.idea_engine, how)
        read = {chat.about: read_list(chat.reply, self.observations) for chat in replies}
        return {idea: seen for idea, seen in read.items() if seen is not None}

    async def _carry_out(
        self, search: Search, tree: IdeaTree, written: list[Written]
    ) -> list[Plan]:
        """Draw plans of the tree's combinations, and add their programs to those written.

        All together; under a budget as many as fit, and then more, if those turn out shorter.
        """
        plans: list[Plan] = []
        calls, rounds, what = self._calls_each, self._rounds_each, "combinations"
        most = self.n - len(written)
        ideas = tree.distinct(leaves_only=self.leaves_only)[: ceil(most / self._plans_each)]
        while fit := search.fitting(len(ideas), what, calls=calls, rounds=rounds):
            drawn = await self._plans(search, ideas[:fit], most - len(plans))
            written += await self._programs(search, drawn)
            plans, ideas, what = plans + drawn, ideas[fit:], "further combinations"
        return plans

    async def _plans(self, search: Search, ideas: Sequence[Idea], most: int) -> list[Plan]:
        """Return up to `most` plans of (K,) combinations, in their order."""
        chats = [Chat(idea, tuple(prompts.sketching(idea.combo))) for idea in ideas]
        chats = await replied(search, chats, self.idea_engine, self._thinking(search))
        sketches = [Plan(chat.about, "sketch", chat.reply) for chat in chats]
        fixed = await self._fixed(search, sketches) if self.fix and sketches else {}
        pairs = ((sketch, fixed.get(sketch)) for sketch in sketches)
        return [plan for pair in pairs for plan in pair if plan][:most]

    async def _fixed(self, search: Search, sketches: Sequence[Plan]) -> dict[Plan, Plan]:
        """Return sketches that were criticised, and what they became."""
        calls, rounds = self._calls_each - 1, self._rounds_each - 1
        fit = search.fitting(len(sketches), "fixes", calls=calls, rounds=rounds)
        chats = [Chat(plan, tuple(prompts.criticising(plan.text))) for plan in sketches[:fit]]
        how = self._thinking(search)
        chats = await replied(search, chats, self.idea_engine, how)
        fixing = [chat.then(prompts.FIX_PLAN) for chat in chats]
        chats = await replied(search, fixing, self.idea_engine, how)
        return {chat.about: Plan(chat.about.idea, "fixed", chat.reply) for chat in chats}

    async def _programs(self, search: Search, plans: Sequence[Plan]) -> list[Written]:
        """Return a program of each of (K,) plans, as far as they can be written to their end."""
        rounds = self._rounds_of_code
        plans = plans[: search.fitting(len(plans), "programs", calls=rounds, rounds=rounds)]
        texts = [Chat(plan, tuple(prompts.following(plan.text))) for plan in plans]
        if self.pseudocode:
            how = talking(warmed(search.sampling, self.code_temperature))
            chats = [Chat(plan, tuple(prompts.pseudocode(plan.text))) for plan in plans]
            chats = await replied(search, chats, self.code_engine, how)
            texts = [Chat(c.about, tuple(prompts.following(c.reply))) for c in chats]
        fit = search.fitting(len(texts), "programs", calls=1, rounds=1)
        return await self._coded(search, texts[:fit])

    async def _coded(
        self, search: Search, chats: "Sequence[Chat[Plan]] | Sequence[Chat[None]]"
    ) -> list[Written]:
        how = warmed(search.sampling, self.code_temperature)
        asked: list[Chat[Plan | None]] = [Chat(chat.about, chat.turns) for chat in chats]
        drawn = await coded(search, asked, self.code_engine, how)
        return [
            replace(one, observations=frozenset(one.about.idea.combo if one.about else ()))
            for one in drawn
        ]


def _told(tree: IdeaTree, plans: Sequence[Plan], ranked: Sequence[Written]) -> dict[str, JsonValue]:
    """Return the tree, its plans and their programs as JSON; programs by their rank."""
    kept = tree.all[:_MOST_TOLD]
    told = [(i, plan) for i, plan in enumerate(plans) if plan.idea.id < len(kept)]
    return {
        "prompts": prompts.VERSION,
        "left_out": len(tree.all) - len(kept),
        "nodes": [_told_of(idea, told, ranked) for idea in kept],
        "plans": [
            {"id": i, "node": plan.idea.id, "kind": plan.kind, "text": plan.text[:_LONGEST_TOLD]}
            for i, plan in told
        ],
    }


def _told_of(
    idea: Idea, plans: Sequence[tuple[int, Plan]], ranked: Sequence[Written]
) -> dict[str, JsonValue]:
    """Return an idea with its plans, its programs, and whether one of them passed its tests."""
    codes = [
        (place, passed(one.solution))
        for place, one in enumerate(ranked)
        if one.about and one.about.idea is idea
    ]
    known = [ok for _, ok in codes if ok is not None]
    return idea.told | {
        "plans": [i for i, plan in plans if plan.idea is idea],
        "codes": [place for place, _ in codes],
        "passed": any(known) if known else None,
    }
