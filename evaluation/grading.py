"""What a question's solutions answer, and whether that is right."""

from collections.abc import Sequence

from engines.tasks import collect
from evaluation.choices import letter
from evaluation.datasets import Question
from evaluation.selection import Drawn
from scorers.answers import Answers, Grader
from scorers.base import Candidate, Scored


async def graded(
    solutions: Sequence[Candidate], question: Question, grader: Grader
) -> tuple[Drawn, ...]:
    """Return what (N,) solutions answer, and whether that is right."""
    answers = await grader.group([solution.answer for solution in solutions])
    if question.options:
        answers = _by_letter(answers)
    firsts = {group: text for group, text in zip(answers.groups, answers.texts, strict=True)
              if text is not None}  # fmt: skip
    equal = await collect(_right(question, text, grader) for text in firsts.values())
    right = {group for group, same in zip(firsts, equal, strict=True) if same}
    return tuple(
        Drawn(text, group, group in right, one.score if isinstance(one, Scored) else None)
        for one, text, group in zip(solutions, answers.texts, answers.groups, strict=True)
    )


async def _right(question: Question, given: str, grader: Grader) -> bool:
    return (
        given == question.truth if question.options else await grader.equal(question.truth, given)
    )


def _by_letter(answers: Answers) -> Answers:
    """Return the letters that answers choose: of options the letter is what is compared."""
    texts = tuple(text if text is None else letter(text) or text for text in answers.texts)
    known = {text: i for i, text in enumerate(dict.fromkeys(t for t in texts if t is not None))}
    return Answers(texts, tuple(None if text is None else known[text] for text in texts))
