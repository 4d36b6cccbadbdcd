"""Budget forcing: one chain of thought, made longer with "Wait" and ended at a cap.

Source: Muennighoff et al. 2025, "s1: Simple test-time scaling", arXiv:2501.19393, section 3.1.
    NUM_IGNORE, times the end of thinking is ignored -> waits
    MAX_TOKENS_THINKING                              -> max_thinking_tokens, over all continuations,
                                                        or the request's cap, if that is less
    end-of-thinking delimiter                        -> think_end
Differs from the paper: thinking leaves `answer_tokens` of the request's tokens for the answer; a
model without a delimiter ends its thinking with its turn, and one with a delimiter that does is
asked for the answer; it may end it again right after a "Wait", for which they ask at least one
token; a stop string of the caller's ends it all.
Cost: one solution, in waits + 2 rounds at most.
"""

from dataclasses import replace
from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from engines.base import Sampling
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
        default="",
        description="text that ends thinking; empty: the model's own mark, if it has one",
    )

    @property
    @override
    def solutions(self) -> int:
        return 1

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        end = self.think_end or (root.prompt.thinking.end if root.prompt.thinking else "")
        how = self._thinking(search.sampling, end)
        thought = await _longer(search, root, how)
        for _ in range(self.waits):
            if thought.finish in ("length", "stop"):
                break
            [thought] = await search.write([thought], self.wait, instead_of=end)
            thought = await _longer(search, thought, how)
        if thought.finish == "length" or (thought.finish == "eos" and thought.unanswered):
            [thought] = await search.write([thought], end + FORCE)
        [answer] = await search.extend([thought], 1)
        return answer

    def _thinking(self, whole: Sampling, end: str) -> Sampling:
        """Return how thinking is drawn, all of it together."""
        kept = min(self.answer_tokens, whole.max_tokens // 2)
        asked = self.max_thinking_tokens if whole.thinking_tokens is None else whole.thinking_tokens
        room = min(self.max_thinking_tokens, asked, whole.max_tokens - kept)
        stop = (*whole.stop, end) if end else whole.stop
        return replace(whole, max_tokens=room, stop=stop, thinking_tokens=None)


async def _longer(search: Search, thought: Candidate, how: Sampling) -> Candidate:
    """Go on to the end of thinking, or to the cap on all of it."""
    rest = replace(how, max_tokens=max(0, how.max_tokens - thought.tokens))
    [longer] = await search.extend([thought], 1, rest)
    return longer
