"""Drawing the solutions of one question step by step, and continuations of their beginnings.

What is continued goes to the engine by its tokens, so that nothing is tokenised anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from engines.base import Capabilities, Generation, Prompt, Request, Step
from engines.conversation import Conversation
from engines.tasks import collect
from scorers.base import Candidate
from search.bounds import room_of
from search.children import child_of
from search.drawing import seed_of
from training.rollouts.plan import Plan


class Source(Protocol):
    """What of an engine is needed: see `engines.base.Engine`."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        ...

    async def render(self, conversation: Conversation) -> Prompt:
        """Put a conversation through the chat template."""
        ...

    async def generate(self, request: Request) -> Generation:
        """Draw samples."""
        ...


@dataclass(frozen=True, slots=True)
class Drawing:
    """Draws for one question, whose rendered `prompt` it is; `name` begins its requests' names.

    Seeds are those of places, such as "solution 3, step 2": they depend on no order of events.
    """

    source: Source
    plan: Plan
    name: str
    prompt: Prompt

    async def solutions(self) -> list[Candidate]:
        """Draw (N,) solutions, each to its end or to the cap on its tokens."""
        begun = await self._extend(Candidate(self.prompt), self.plan.samples, "s")
        return await collect(self._grown(first, f"s{i}") for i, first in enumerate(begun))

    async def rollouts(self, beginning: Sequence[Step], place: str) -> list[Candidate]:
        """Draw continuations of a beginning to their ends."""
        begun = Candidate(self.prompt, tuple(beginning))
        return await self._extend(begun, self.plan.rollouts, place, whole=True)

    async def _grown(self, candidate: Candidate, name: str) -> Candidate:
        while not candidate.finished:
            [candidate] = await self._extend(candidate, 1, f"{name}.{len(candidate.steps)}")
        return candidate

    async def _extend(
        self, parent: Candidate, n: int, place: str, *, whole: bool = False
    ) -> list[Candidate]:
        room, how = self._room(parent), self.plan.sampling
        if room < 1:
            return [replace(parent, finish="length")] * n
        last = whole or len(parent.steps) + 1 >= self.plan.max_steps
        stop = how.stop if last else (*how.stop, self.plan.step_end)
        request = Request(
            f"{self.name}.{place}",
            parent.prompt,
            parent.steps,
            n,
            replace(how, max_tokens=room, stop=stop),
            seed_of(self.plan.seed, f"{self.name}.{place}"),
        )
        generation = await self.source.generate(request)
        return [child_of(parent, sample, how, goes_on=False) for sample in generation.samples]

    def _room(self, parent: Candidate) -> int:
        """Return how many tokens more a solution can have, by its cap and the model's context."""
        how = self.plan.sampling
        return room_of(parent, how, how.max_tokens, self.source.capabilities)
