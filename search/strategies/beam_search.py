r"""Beam search over reasoning steps, guided by a process reward model.

Source: Snell et al. 2024, arXiv:2408.03314, section 5.2.
    N -> n       beams after each expansion
    M -> width   children of each kept beam, so N / M beams are kept
Differs from the paper: a finished beam keeps its place among the N / M and is not drawn again;
in the last round beams are drawn to their end; where no beam ends with an answer that could be
weighed, the best beam is returned.
Cost: at most n steps a round for `rounds` rounds, each scored once.
"""

from typing import ClassVar, Literal

from typing_extensions import override

from scorers.base import Candidate
from search.search import Search
from search.strategies.beams import Beams


class BeamSearch(Beams):
    """Keep the best n / width beams, draw `width` next steps from each, repeat."""

    cost: ClassVar[str] = "n steps and n scores a round, for at most `rounds` rounds"

    kind: Literal["beam_search"] = "beam_search"

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        return await self.grow(search, root, judge=search.score)
