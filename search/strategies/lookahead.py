"""Look-ahead search: beam search that judges a step by where it leads.

Source: Snell et al. 2024, arXiv:2408.03314, section 5.2.
    N -> n       beams after each expansion
    M -> width   children of each kept beam, so N / M beams are kept
    k -> k       steps of the roll-out at whose end a beam is judged; 0 is beam search
Differs from the paper: as beam search does; a roll-out whose request fails is judged as far as it
came. Where the budget ends the search, beams that have not finished are unscored.
Cost: at most n * (k + 1) steps a round for `rounds` rounds, and n scores.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from scorers.base import Candidate, Scored
from search.search import Search
from search.strategies.beams import Beams


class Lookahead(Beams):
    """Keep the n / width beams whose roll-outs score best, draw `width` steps from each, repeat."""

    cost: ClassVar[str] = "n * (k + 1) steps and n scores a round, for at most `rounds` rounds"

    kind: Literal["lookahead"] = "lookahead"
    k: int = Field(default=1, ge=0, le=8, description="steps rolled out ahead of a beam")

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        async def judge(beams: Sequence[Candidate]) -> list[Scored]:
            ahead, greedy = beams, replace(self.step(search), temperature=0.0)
            for _ in range(self.k):
                ahead = await search.extend(ahead, 1, greedy, aside=True)
            judged = zip(beams, await search.score(ahead), strict=True)
            return [_in_place_of(beam, end) for beam, end in judged]

        return await self.grow(search, root, judge)


def _in_place_of(beam: Candidate, end: Scored) -> Scored:
    """Return the beam with the opinion of its roll-out's end."""
    bare = (beam.prompt, beam.steps, beam.finish)
    return Scored(*bare, opinion=end.opinion, scorer=end.scorer)
