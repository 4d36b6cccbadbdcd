"""What a run does with models, each piece by itself: in whichever process, from and to its folder.

Each piece that is done is found done by the next run.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import LlamaForCausalLM

from evaluation.lab.build import save_model
from evaluation.lab.models import TEACHER, present
from evaluation.lab.problems import operations_of
from evaluation.lab.reasoner import Schooling
from evaluation.lab.recycling.forms import learnt, problem_of
from evaluation.lab.recycling.noise import noisy_set
from evaluation.lab.recycling.plan import BASE, BY_TOKENS, RAW, Lesson, Plan, School
from evaluation.lab.recycling.student import judged, new_student, solved, taught
from evaluation.lab.recycling.teacher import Teacher, taught_to_reflect
from evaluation.lab.recycling.versions import flawless, sets
from training.pairs import Pair

_REFLECTING, _STUDENT = "teacher", "student"


def make_teacher(plan: Plan) -> None:
    """Teach the large model that comes along to reflect.

    Raises:
        NoModels: it is not there.
    """
    path = plan.folder / _REFLECTING
    if not path.exists():
        model = _opened(plan.models, TEACHER)
        taught_to_reflect(model, _schooling(plan, plan.scale.teacher))
        save_model(model, path)


def make_student(plan: Plan) -> None:
    """Teach a small model text of the laboratory."""
    path = plan.folder / _STUDENT
    if not path.exists():
        save_model(new_student(_schooling(plan, plan.scale.base)), path)


def make_pairs(plan: Plan, seed: int) -> None:
    """Draw a noisy set, have the teacher reflect on it, and the student judge what came of it."""
    if plan.has_judged(seed):
        return
    noisy = noisy_set(seed, plan.scale.pairs, plan.avoid)
    teacher = Teacher(_opened(plan.folder, _REFLECTING), plan.avoid)
    versions = teacher.versions(noisy)
    plan.write_judged(seed, judged(_opened(plan.folder, _STUDENT), versions))


def learn_from(plan: Plan, seed: int, arm: str) -> Lesson:
    """Have a student learn from one of the sets, and ask it what is held out."""
    base = _opened(plan.folder, _STUDENT)
    if arm == BASE:
        return Lesson(BASE, seed, tuple(solved(base, plan.problems)))
    every = sets(plan.read_judged(seed), seed)
    pairs, steps = every[RAW if arm == BY_TOKENS else arm], plan.scale.student.steps
    if arm == BY_TOKENS:
        steps = round(steps * _mean_tokens(every["selected"]) / _mean_tokens(pairs))
    school = plan.scale.student
    how = Schooling(steps, school.rate, seed=school.seed + seed, rest=school.rest)
    model, tokens = taught(base, pairs, how, plan.scale.together)
    operations = [_operations(pair) for pair in pairs]
    return Lesson(
        arm=arm,
        seed=seed,
        right=tuple(solved(model, plan.problems)),
        pairs=len(pairs),
        steps=steps,
        tokens=tokens,
        flawless=sum(flawless(pair) for pair in pairs) / len(pairs),
        operations=sum(operations) / len(operations),
    )


def _operations(pair: Pair) -> int:
    expression = problem_of(pair.instruction)
    return operations_of(expression) if expression else 0


def _mean_tokens(pairs: Sequence[Pair]) -> float:
    answers = [len(ids) - given for given, ids in map(learnt, pairs)]
    return sum(answers) / len(answers)


def _schooling(plan: Plan, school: School) -> Schooling:
    return Schooling(
        school.steps, school.rate, seed=school.seed, avoid=plan.avoid, rest=school.rest
    )


def _opened(folder: Path, name: str) -> LlamaForCausalLM:
    path = present(folder / name)
    return LlamaForCausalLM.from_pretrained(path, dtype=torch.float32).eval()
