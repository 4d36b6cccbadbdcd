"""Whether a solution gives the answer known to be right."""

from collections.abc import Sequence

from typing_extensions import override

from engines.tasks import collect
from scorers.answers import Grader
from scorers.checked import Check


class Reference(Check):
    """Judges solutions of one question: they pass if their answer equals `truth`.

    Args:
        name: what reports and responses call it.
        grader: finds answers and compares them.
        truth: the right answer.
        pattern: a regular expression that finds the answer; `None` for the usual marks.
    """

    def __init__(self, name: str, grader: Grader, truth: str, pattern: str | None = None) -> None:
        super().__init__(name)
        self._grader, self._truth, self._pattern = grader, truth, pattern

    @override
    async def passed(self, answers: Sequence[str]) -> Sequence[bool]:
        """Compare the final answer of each; see `Check.passed`."""
        found = (await self._grader.group(answers, self._pattern)).texts
        given = list(dict.fromkeys(answer for answer in found if answer is not None))
        equal = await collect(self._grader.equal(self._truth, answer) for answer in given)
        right = {answer for answer, same in zip(given, equal, strict=True) if same}
        return [answer in right for answer in found]
