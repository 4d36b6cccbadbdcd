"""Whether a solution gives the answer known to be right. For evaluation, not for serving."""

from collections.abc import Sequence

from engines.base import FREE, Usage
from engines.tasks import collect
from scorers.answers import Grader
from scorers.base import Abstention, Candidate, Judgement, Verdict


class Reference:
    """Judges finished solutions of one question: 1 if the answer equals `truth`, 0 if not.

    A finished solution without an answer is wrong, and no reason to abstain.

    Args:
        name: what reports call it.
        grader: finds answers and compares them.
        truth: the right answer.
        pattern: a regular expression that finds the answer; `None` for the usual marks.
    """

    partial, relative, remote = False, False, False
    counts = FREE
    alternatives = 0

    def __init__(self, name: str, grader: Grader, truth: str, pattern: str | None = None) -> None:
        self.name = name
        self._grader, self._truth, self._pattern = grader, truth, pattern

    def bound(self, candidates: Sequence[Candidate]) -> Usage:  # noqa: ARG002 - the protocol's
        """Return no cost: nothing is asked of a server."""
        return Usage()

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        """Judge (N,) candidates; see `Scorer.judge`."""
        texts = [candidate.answer for candidate in candidates if candidate.finished]
        scores = iter(await self._scores(texts))
        opinions = (
            Verdict(score := next(scores), (score,))
            if candidate.finished
            else Abstention("the solution is unfinished")
            for candidate in candidates
        )
        return Judgement(tuple(opinions))

    async def _scores(self, texts: Sequence[str]) -> list[float]:
        answers = (await self._grader.group(texts, self._pattern)).texts
        given = list(dict.fromkeys(answer for answer in answers if answer is not None))
        equal = await collect(self._grader.equal(self._truth, answer) for answer in given)
        right = {answer for answer, same in zip(given, equal, strict=True) if same}
        return [float(answer in right) for answer in answers]
