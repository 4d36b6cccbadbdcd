"""One question's work: from the question to its labelled solutions. Knows no other question."""

from collections.abc import Sequence
from dataclasses import dataclass

from scorers.answers import Grader
from training.examples import Example, Rating
from training.rollouts.continued import Continued
from training.rollouts.drawing import Drawing, Source
from training.rollouts.monte_carlo import values
from training.rollouts.omega import ratings
from training.rollouts.plan import Plan, Question
from training.rollouts.solutions import Solution, solved


@dataclass(frozen=True, slots=True)
class Labels:
    """What came of one question.

    Attributes:
        examples: solutions with labels.
        drawn: solutions there were to label.
        cut: those of them that the cap on their tokens ended.
        unanswered: those that ended without a final answer.
        unsolved: those that `omega` cannot label, as no solution of the question is right.
    """

    examples: tuple[Example, ...]
    drawn: int
    cut: int
    unanswered: int
    unsolved: int


async def label(question: Question, plan: Plan, source: Source, grader: Grader) -> Labels:
    """Draw solutions of a question, find out where their steps lead, and label them by that.

    Depends on nothing but its arguments, so that questions can be labelled anywhere, in any order.

    Raises:
        EngineError: something could not be drawn; labels of a part of the steps are not made up.
    """
    prompt = await source.render(plan.conversation(question))
    drawing = Drawing(source, plan, question.id, prompt)
    candidates = await drawing.solutions()
    drawn = await solved(candidates, plan, question.truth, grader)
    kept = [solution for solution in drawn if solution.answer is not None]
    continued = Continued.of(kept, drawing, question.truth, grader)
    examples = await _labelled(question, plan, kept, continued)
    cut = sum(solution.candidate.finish == "length" for solution in drawn)
    silent = len(drawn) - len(kept) - cut
    return Labels(examples, len(drawn), cut, silent, len(kept) - len(examples))


async def _labelled(
    question: Question, plan: Plan, solutions: Sequence[Solution], continued: Continued
) -> tuple[Example, ...]:
    if plan.by == "rollouts":
        valued = zip(solutions, await values(solutions, continued), strict=True)
        return tuple(_example(question, plan, s, values=v) for s, v in valued)
    rated = zip(solutions, await ratings(solutions, continued), strict=True)
    return tuple(_example(question, plan, s, ratings=r) for s, r in rated if r is not None)


def _example(
    question: Question,
    plan: Plan,
    solution: Solution,
    *,
    ratings: tuple[Rating, ...] | None = None,
    values: tuple[float, ...] | None = None,
) -> Example:
    return Example(
        question=question.text,
        steps=solution.steps,
        ratings=ratings,
        values=values,
        outcome=solution.right,
        answer=solution.answer,
        truth=question.truth,
        source=f"{plan.by}, {plan.rollouts} a step",
    )
