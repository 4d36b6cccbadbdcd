"""Solutions with the rewards a scorer gave their steps: `training.examples`, to learn from it."""

from collections.abc import Sequence
from dataclasses import dataclass

from scorers.answers import Grader
from scorers.layout import question_of
from training.examples import Example
from training.export.judged import Opined, answer_of, judged, right_of
from training.export.rows import Row, Rows, key_of
from training.traces import StoredSearch


@dataclass(frozen=True, slots=True)
class PrmExporter:
    """Makes an example of every whole solution that was judged step by step."""

    grader: Grader

    async def export(self, search: StoredSearch, truth: str | None, rows: Rows) -> None:
        """Add the examples of one search; see `Exporter.export`."""
        kept: list[Opined] = []
        told = judged(search)
        rows.leave_out("no scorer was asked in the search", not told)
        for opined in told:
            reason = _unfit(opined)
            if reason is None:
                kept.append(opined)
            else:
                rows.leave_out(reason)
        answers = [answer_of(opined.candidate, search.pattern) for opined in kept]
        right = await right_of(answers, truth, self.grader)
        for opined, answer, outcome in zip(kept, answers, right, strict=True):
            rows.add(_row(opined, answer, truth, outcome))


def _unfit(opined: Opined) -> str | None:
    """Say why a candidate is no example, if it is none."""
    if not opined.candidate.whole:
        return "did not come to its end"
    if opined.verdict is None:
        return "the scorer abstained"
    if opined.relative:
        return "was judged by comparison with others"
    return None if _by_step(opined, opined.verdict.rewards) else "was judged as a whole"


def _by_step(opined: Opined, rewards: Sequence[float]) -> bool:
    """Say whether each step has a reward: a solution drawn in one piece has none, of many lines."""
    steps = opined.candidate.steps
    lone = len(steps) == 1 and "\n" in steps[0].text.strip()
    return len(rewards) == len(steps) and not lone


def _row(opined: Opined, answer: str | None, truth: str | None, outcome: bool | None) -> Row:
    assert opined.verdict
    pairs = zip(opined.candidate.steps, opined.verdict.rewards, strict=True)
    spoken = [(text, reward) for step, reward in pairs if (text := step.text.strip())]
    example = Example(
        question=question_of(opined.candidate.prompt.conversation),
        steps=tuple(text for text, _ in spoken),
        values=tuple(reward for _, reward in spoken),
        outcome=outcome,
        answer=answer,
        truth=truth,
        source=f"rewards of {opined.scorer}",
    )
    key = key_of(example.question, list(example.steps))
    return Row(key, example.model_dump(mode="json", exclude_none=True))
