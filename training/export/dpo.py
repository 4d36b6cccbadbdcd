"""Pairs of solutions of which a scorer likes one better, in TRL's conversational preference format.

Both are answers to the same prompt, whole, with different final answers. Scores of different
scorers are not compared: those of the last in charge of the search count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from engines.conversation import Conversation
from scorers.answers import Grader
from training.export.judged import Opined, judged, right_of
from training.export.rows import Row, Rows, key_of, messages_of, said
from training.traces import StoredSearch

Against: TypeAlias = Literal["worst", "others"]
"""What the best solution is paired with: the worst that will do, or every other one that does."""


_ROUNDING = 1e-9
"""What the difference of two scores may lack of the margin."""


@dataclass(frozen=True, slots=True)
class _Solution:
    """A solution with its score, its final answer's group, and whether that answer is right."""

    text: str
    score: float
    group: int
    right: bool | None


@dataclass(frozen=True, slots=True)
class DpoExporter:
    """Pairs the best solution of each prompt with worse ones, at least `margin` lower in score."""

    grader: Grader
    margin: float = 0.1
    against: Against = "worst"

    async def export(self, search: StoredSearch, truth: str | None, rows: Rows) -> None:
        """Add the pairs of one search; see `Exporter.export`."""
        told = judged(search)
        if not told:
            rows.leave_out("no scorer was asked in the search")
            return
        last = [opined for opined in told if opined.scorer == told[-1].scorer]
        for prompt in dict.fromkeys(opined.candidate.prompt.conversation for opined in last):
            own = [o for o in last if o.candidate.prompt.conversation == prompt]
            self._pair(prompt, await self._solutions(own, search.pattern, truth, rows), rows)

    async def _solutions(
        self, told: Sequence[Opined], pattern: str | None, truth: str | None, rows: Rows
    ) -> list[_Solution]:
        whole = [opined for opined in told if opined.candidate.whole]
        rows.leave_out("did not come to its end", len(told) - len(whole))
        answers = await self.grader.group([one.candidate.answer for one in whole], pattern)
        right = await right_of(answers.texts, truth, self.grader)
        solutions: list[_Solution] = []
        for one, group, ok in zip(whole, answers.groups, right, strict=True):
            if one.verdict is None:
                rows.leave_out("the scorer abstained")
            elif group is None:
                rows.leave_out("gives no final answer")
            else:
                solutions.append(_Solution(one.candidate.answer, one.verdict.score, group, ok))
        return solutions

    def _pair(self, prompt: Conversation, solutions: Sequence[_Solution], rows: Rows) -> None:
        if not solutions:
            return
        best = max(solutions, key=lambda solution: solution.score)
        others = sorted((s for s in solutions if s is not best), key=lambda other: other.score)
        reasons = [self._unfit(best, other) for other in others]
        fit = [other for other, reason in zip(others, reasons, strict=True) if reason is None]
        for other in fit[:1] if self.against == "worst" else fit:
            rows.add(_row(prompt, best, other))
        if not fit:
            rows.leave_out((reasons and reasons[0]) or "has no other solution to be compared with")

    def _unfit(self, best: _Solution, other: _Solution) -> str | None:
        """Say why two solutions are no pair, if they are none."""
        if best.group == other.group:
            return "the final answers are the same"
        if best.right is False or other.right:
            return "the scores contradict the right answer"
        gap = best.score - other.score
        near = gap <= 0 or gap + _ROUNDING < self.margin
        return "the scores are within the margin" if near else None


def _row(prompt: Conversation, best: _Solution, other: _Solution) -> Row:
    asked, chosen, rejected = messages_of(prompt), said(best.text), said(other.text)
    return Row(
        key_of(asked, chosen, rejected),
        {
            "prompt": asked,
            "chosen": chosen,
            "rejected": rejected,
            "score_chosen": best.score,
            "score_rejected": other.score,
        },
    )
