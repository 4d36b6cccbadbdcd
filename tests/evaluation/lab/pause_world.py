"""A made-up run of the pause experiment: every model's answers, without any model."""

from collections.abc import Callable

from evaluation.lab.pause.found import Right
from evaluation.lab.pause.plan import Condition, Course, Plan, Tuned

PLAN = Plan(
    seeds=3,
    problems=4,
    pauses=3,
    tasks=("direct",),
    length=32,
    pretraining=Course(2, 2),
    tuning=Course(2, 2),
    width=16,
    layers=1,
)


def answers(solved: Callable[[Tuned, Condition], int], plan: Plan = PLAN) -> Right:
    """Return answers of which as many are right as `solved` says of a model asked like that."""
    return {
        (model, how): [place < solved(model, how) for place in range(plan.problems)]
        for model in plan.tunings()
        for how in plan.conditions(model)
    }
