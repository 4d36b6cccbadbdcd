"""Agreement: a solution is as good as the share of solutions that give the same answer.

Source: self-consistency, arXiv:2203.11171, section 2. Costs nothing. Its scores are only good for
comparing the candidates it was shown together.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence

from engines.usage import FREE, Usage
from scorers.answers import Answers, Grader
from scorers.base import Abstention, Candidate, Judgement, Opinion, Verdict
from scorers.form import grouped, words_of
from scorers.tool_form import ToolChoice, ToolForm


class Vote:
    """Judges finished solutions by the final answers that `grader` finds in them, or their calls.

    Args:
        name: what the configuration calls it.
        grader: finds answers and compares them.
        pattern: a regular expression that finds the answer; `None` for the usual marks.
    """

    partial, relative, remote = False, True, False
    counts = FREE
    alternatives = 0

    def __init__(self, name: str, grader: Grader, pattern: str | None) -> None:
        self.name = name
        self._grader, self._pattern = grader, pattern

    def bound(self, candidates: Sequence[Candidate]) -> Usage:  # noqa: ARG002 - the protocol's
        """Return no cost: nothing is asked of a server."""
        return Usage()

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        """Judge (N,) candidates; see `Scorer.judge`.

        The shares are of the finished ones. One without an answer lowers them, and has none.
        """
        answers = await self._group([c for c in candidates if c.finished])
        votes, groups = Counter(answers.groups), iter(answers.groups)
        opinions = (
            _opinion(next(groups), votes)
            if c.finished
            else Abstention("the solution is unfinished")
            for c in candidates
        )
        return Judgement(tuple(opinions))

    async def _group(self, candidates: Sequence[Candidate]) -> Answers:
        # All are answers to one request, so the tools are the same: calls are compared as calls.
        tools = candidates[0].prompt.conversation.tools if candidates else ()
        form = ToolForm(tools, ToolChoice()) if tools else None
        words = words_of(candidates, form)
        graded = await self._grader.group(words, self._pattern)
        # Python validates slowly: in a thread, so that other searches go on.
        return await asyncio.to_thread(grouped, candidates, form, graded)


def _opinion(group: int | None, votes: Counter[int | None]) -> Opinion:
    if group is None:
        return Abstention("the solution gives no final answer")
    share = votes[group] / votes.total()
    return Verdict(share, (share,))
