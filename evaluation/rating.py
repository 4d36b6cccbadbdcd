"""Labelled solutions shown to a scorer: each of its numbers beside what it was to be.

Knows labels and who judges; knows nothing of what is made of it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engines.base import Prompt
from engines.conversation import Conversation, Message
from evaluation.verification import Rated
from scorers.base import Opinion, Scorer, Verdict
from scorers.calibration import Level
from search.scoring import ended, score_solutions, solution
from training.examples import Example

_BATCH = 64
"""Solutions judged at once, a question's always together."""


@dataclass(frozen=True, slots=True)
class Ratings:
    """What was said of labelled solutions, of how many, and why nothing was said of others.

    Attributes:
        questions: by question, what was rated of it: solutions, or their steps.
        solutions: how many solutions that is of.
        left_out: how many have no number, for which reason; an abstention is not one.
        unlabelled: how many were not shown to the scorer, having no label.
    """

    questions: Mapping[str, Sequence[Rated]]
    solutions: int
    left_out: Mapping[str, int]
    unlabelled: int


def targets(example: Example, level: Level) -> list[float | None]:
    """Return what a scorer was to say: of the solution, or of each step; `None` without a label.

    A step rated 1 or 0 is right, one rated -1 is not (arXiv:2305.20050, section 2.6).
    """
    if level == "solution":
        return [None if example.outcome is None else float(example.outcome)]
    if example.ratings is not None:
        return [None if rating is None else float(rating >= 0) for rating in example.ratings]
    return list(example.values or ())


def labelled(examples: Sequence[Example], level: Level) -> list[Example]:
    """Return those that have a label."""
    return [e for e in examples if any(target is not None for target in targets(e, level))]


async def rate(
    examples: Sequence[Example],
    scorer: Scorer,
    *,
    level: Level,
    step_end: str = "\n\n",
    progress: Callable[[int], None] = lambda _: None,
) -> Ratings:
    """Have those of (N,) solutions judged that have labels, some questions at a time.

    Args:
        examples: solutions with labels.
        scorer: who judges.
        level: whether its scores are wanted, or its rewards of steps.
        step_end: what ends each step but the last.
        progress: hears how many more were judged.

    Raises:
        ScorerUnavailable: the scorer failed.
    """
    shown = labelled(examples, level)
    questions: dict[str, list[Rated]] = {}
    left_out: Counter[str] = Counter()
    for batch in _batches(shown, 1 if scorer.relative else _BATCH):
        for example, opinion in zip(batch, await _judged(batch, scorer, step_end), strict=True):
            rated = _rated(example, opinion, level)
            if isinstance(rated, str):
                left_out[rated] += 1
            else:
                questions.setdefault(example.question, []).extend(rated)
        progress(len(batch))
    unlabelled = len(examples) - len(shown)
    return Ratings(questions, len(shown) - left_out.total(), left_out, unlabelled)


async def _judged(batch: Sequence[Example], scorer: Scorer, step_end: str) -> list[Opinion]:
    prompts = {e.question: Prompt(Conversation((Message("user", e.question),))) for e in batch}
    solutions = [
        solution(prompts[e.question], ended(e.steps, step_end), finished=True) for e in batch
    ]
    return [scored.opinion for scored in (await score_solutions(solutions, [scorer])).scored]


def _rated(example: Example, opinion: Opinion, level: Level) -> list[Rated] | str:
    """Return a solution's numbers beside its labels, or why there are none."""
    if not isinstance(opinion, Verdict):
        return opinion.reason
    numbers = opinion.rewards if level == "step" else (opinion.score,)
    if level == "step" and len(numbers) != len(example.steps):
        return "the rewards are not one a step"
    pairs = zip(numbers, targets(example, level), strict=False)
    return [Rated(number, target) for number, target in pairs if target is not None]


def _batches(examples: Sequence[Example], most: int) -> Iterator[list[Example]]:
    """Put questions together, each with all its solutions: a score may depend on the others."""
    grouped: dict[str, list[Example]] = {}
    for example in examples:
        grouped.setdefault(example.question, []).append(example)
    batch: list[Example] = []
    for group in grouped.values():
        if batch and len(batch) + len(group) > most:
            yield batch
            batch = []
        batch = [*batch, *group]
    if batch:
        yield batch
