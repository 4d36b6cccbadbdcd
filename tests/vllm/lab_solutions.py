"""Solutions of the laboratory's task, right and wrong ones."""

import random

from evaluation.lab.task import draw_problem, judge, solve
from training.examples import Example

QUESTION = "(9+6)*3-(8-3)*4=?"
_KINDS = 24


def _one(seed: int) -> Example:
    """Return a right solution, or one whose middle line says something else."""
    rng = random.Random(seed)
    problem = draw_problem(rng, 2 + seed % 7)
    lines = solve(problem, rng)
    if seed % 2:
        middle = len(lines) // 2
        lines[middle] = f"{lines[middle]}9"
    ratings = tuple(1 if right else -1 for right in judge(problem.question, lines))
    return Example(question=problem.question, steps=tuple(lines), ratings=ratings)


EXAMPLES = [_one(seed) for seed in range(_KINDS)]
