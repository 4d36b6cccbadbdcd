"""Self-Refine: answer, say what is wrong with the answer, answer again, until nothing is.

Source: Madaan et al. 2023, arXiv:2303.17651, section 2, algorithm 1.
    y_t  -> the answers; fb_t -> the feedback; the prompt shows all of both, equation 4
    T    -> rounds
    stop -> the feedback's first or last word is the one our prompt asks for
Differs from the paper: one set of instructions for every task, without examples; `select` may
return the best-scored answer, where theirs is the last. All answers are scored either way, to rank
those that are not returned.
Cost: at most 1 + 2 * rounds samples, one after the other, and 1 + rounds scores.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from engines.conversation import Message
from scorers.base import Candidate, Scored
from search.search import Search
from search.select import best
from search.strategies.base import Strategy
from search.strategies.prompts import CRITICISE, MEND, flawless


class SelfRefine(Strategy):
    """Draw an answer, have the model criticise and mend it, at most `rounds` times."""

    paper: ClassVar[str] = "arXiv:2303.17651"
    cost: ClassVar[str] = "1 + 2 * rounds samples, 1 + rounds scores, at most"
    converses: ClassVar[bool] = True

    kind: Literal["self_refine"] = "self_refine"
    rounds: int = Field(default=3, ge=1, le=16, description="times an answer is mended, at most")
    select: Literal["best", "last"] = Field(
        default="best", description="which answer is returned: the best-scored, or the last"
    )

    @property
    @override
    def solutions(self) -> int:
        return 1

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        turns: list[Message] = []
        answers = await search.score(await search.extend([root], 1))
        for _ in range(self.rounds):
            turns += [Message("assistant", answers[-1].answer), Message("user", CRITICISE)]
            [feedback] = await search.extend(await search.prompts([turns]), 1, aside=True)
            if flawless(feedback.answer):
                break
            turns += [Message("assistant", feedback.answer), Message("user", MEND)]
            mended = await search.extend(await search.prompts([turns]), 1)
            answers = await search.score([*answers, *mended])
            search.propose(self._chosen(answers))
        return self._chosen(answers)

    def _chosen(self, answers: Sequence[Scored]) -> Scored:
        return best(answers) if self.select == "best" else answers[-1]
