"""Budget forcing: one chain of thought, made longer with "Wait" and ended at a cap.

Source: Muennighoff et al. 2025, "s1: Simple test-time scaling", arXiv:2501.19393, section 3.1.
    NUM_IGNORE, times the end of thinking is ignored -> waits
    MAX_TOKENS_THINKING                              -> max_thinking_tokens, over all continuations
    end-of-thinking delimiter                        -> think_end
Differs from the paper: thinking leaves `answer_tokens` of the request's tokens for the answer; a
model without a delimiter ends its thinking with its turn; the model may end it again right after
a "Wait", for which they ask at least one token; a stop string of the caller's ends it all.
Cost: one solution, in waits + 2 rounds at most.
"""

from dataclasses import replace
from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from scorers.base import Candidate
from search.search import Search
from search.strategies.base import Judges, Strategy

FORCE = "\nFinal Answer:"


class BudgetForcing(Strategy):
    """Draw one solution; when it ends early, put in "Wait"; when it is late, ask for the answer."""

    paper: ClassVar[str] = "arXiv:2501.19393"
    cost: ClassVar[str] = "1 solution, in waits + 2 rounds at most"
    continues: ClassVar[bool] = True
    speaks: ClassVar[bool] = True
    judges: ClassVar[Judges] = "nothing"

    kind: Literal["budget_forcing"] = "budget_forcing"
    waits: int = Field(default=1, ge=0, le=64, description="ends of thinking that are ignored")
    wait: str = Field(default="Wait", min_length=1, description="text put in their place")
    max_thinking_tokens: int = Field(
        default=32_000, ge=1, description="tokens of thinking at most, what is put in included"
    )
    answer_tokens: int = Field(
        default=256,
        ge=1,
        description="tokens thinking leaves for the answer; of a short request half",
    )
    think_end: str = Field(
        default="", description="text that ends thinking, such as </think>; empty: there is none"
    )

    @property
    @override
    def solutions(self) -> int:
        return 1

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        thought = await self._think(search, root)
        for _ in range(self.waits):
            if thought.finish in ("length", "stop"):
                break
            [thought] = await search.write([thought], self.wait, instead_of=self.think_end)
            thought = await self._think(search, thought)
        if thought.finish == "length":
            [thought] = await search.write([thought], self.think_end + FORCE)
        [answer] = await search.extend([thought], 1)
        return answer

    async def _think(self, search: Search, thought: Candidate) -> Candidate:
        """Go on to the end of thinking, or to the cap on all of it."""
        whole = search.sampling
        kept = min(self.answer_tokens, whole.max_tokens // 2)
        room = min(self.max_thinking_tokens, whole.max_tokens - kept)
        stop = (*whole.stop, self.think_end) if self.think_end else whole.stop
        how = replace(whole, max_tokens=max(0, room - thought.tokens), stop=stop)
        [longer] = await search.extend([thought], 1, how)
        return longer
