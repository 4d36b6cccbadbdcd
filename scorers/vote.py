"""Agreement: a solution is as good as the share of solutions that give the same answer.

Source: self-consistency, arXiv:2203.11171, section 2. Costs nothing. Its scores are only good for
comparing the candidates it was shown together.
"""

from collections import Counter
from collections.abc import Sequence

from engines.base import FREE, Usage
from scorers.answers import Grader
from scorers.base import Abstention, Candidate, Judgement, Opinion, Verdict


class Vote:
    """Judges finished solutions by the final answers that `grader` finds in them.

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
        texts = [candidate.answer for candidate in candidates if candidate.finished]
        answers = await self._grader.group(texts, self._pattern)
        votes, groups = Counter(answers.groups), iter(answers.groups)
        opinions = (
            _opinion(next(groups), votes)
            if c.finished
            else Abstention("the solution is unfinished")
            for c in candidates
        )
        return Judgement(tuple(opinions))


def _opinion(group: int | None, votes: Counter[int | None]) -> Opinion:
    if group is None:
        return Abstention("the solution gives no final answer")
    share = votes[group] / votes.total()
    return Verdict(share, (share,))
