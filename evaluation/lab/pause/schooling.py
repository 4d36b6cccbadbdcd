"""How the models of the pause experiment learn, and what they then get right.

Source: Goyal et al. 2024, arXiv:2310.02226, section 3. What is read and what is learnt of it is
`training.pause.rows`'.
Differs from the paper: a document of pre-training ends within a row, and the next one begins.
"""

import random
from collections.abc import Callable, Collection, Sequence

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import LlamaForCausalLM

from evaluation.lab.learning import Learning
from evaluation.lab.pause.plan import Condition, Course, Plan, Pretraining
from evaluation.lab.pause.tasks import TASKS, Question, another, corpus
from evaluation.lab.reasoner import Size, new_reasoner
from evaluation.lab.tokens import IDS, PAD, PAUSE
from training.pause.rows import appended, inserted, pretraining_targets

FILLER = " "
"""Stands in for the paper's ".": pre-training has it in every "Answer: 20" and table."""

_IGNORED = -100
_REST, _DECAY, _WARM = 3e-3, 0.05, 0.05
_PAUSE = IDS[PAUSE]
Row = tuple[list[int], list[bool]]
"""A row's (L,) ids, and which of them are learnt."""


def size_of(plan: Plan) -> Size:
    """Return how large a plan's models are."""
    return Size(plan.width, plan.layers, 3 * plan.width)


def pretrained(
    plan: Plan, seed: int, pretraining: Pretraining, avoid: Collection[str]
) -> LlamaForCausalLM:
    """Return a model taught on the corpus: both kinds on the same text, and as many tokens."""
    model = new_reasoner(seed, size_of(plan))
    text = corpus(random.Random(f"{seed}/corpus"), plan.length, avoid)
    places = random.Random(f"{seed}/pauses")

    def row() -> Row:
        ids = next(text)
        if pretraining == "pause":
            ids = inserted(ids, _PAUSE, places)
        return ids, pretraining_targets(ids, _PAUSE)

    _teach(model, plan.pretraining, row)
    return model


def tune(
    model: LlamaForCausalLM,
    course: Course,
    task: str,
    condition: Condition,
    *,
    seed: int,
    avoid: Collection[str],
) -> None:
    """Fine-tune a model on a task's answers alone, asked as the condition says.

    All arms of a seed learn from the same questions in the same order.
    """
    rng = random.Random(f"{seed}/{task}")

    def row() -> Row:
        return row_of(another(TASKS[task], rng, avoid), condition)

    _teach(model, course, row)


def row_of(question: Question, condition: Condition) -> Row:
    """Return a question with what stands by it, and its answer, which alone is learnt."""
    prompt, beside = question.prompt, condition.tokens
    if condition.where == "prepended":
        return appended([_PAUSE] * beside + prompt, 0, question.target, _PAUSE)
    if condition.where == "filler":
        return appended(prompt + [IDS[FILLER]] * beside, 0, question.target, _PAUSE)
    return appended(prompt, beside, question.target, _PAUSE)


def right(
    model: LlamaForCausalLM, questions: Sequence[Question], condition: Condition
) -> list[bool]:
    """Return whether each of (Q,) questions is answered exactly by greedy decoding.

    That says the whole target iff every token of it is the likeliest behind those before it, so
    one reading tells. A pause is never said.
    """
    ids, targets = _batch([row_of(question, condition) for question in questions])
    with torch.inference_mode():
        logits = model(input_ids=ids, use_cache=False).logits
        logits[..., _PAUSE] = -torch.inf
    found: list[bool] = ((logits.argmax(-1) == targets) | (targets == _IGNORED)).all(-1).tolist()
    return found


def _teach(model: LlamaForCausalLM, course: Course, row: Callable[[], Row]) -> None:
    steps = course.steps
    warmup = max(1, round(_WARM * steps))
    rates = {model.model.layers: course.rate}
    learning = Learning(model, rates, steps=steps, warmup=warmup, rest=_REST, decay=_DECAY)
    model.train()
    for _ in range(steps):
        ids, targets = _batch([row() for _ in range(course.rows)])
        logits = model(input_ids=ids, use_cache=False).logits
        learning.step(cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=_IGNORED))
    model.eval()


def _batch(rows: Sequence[Row]) -> tuple[Tensor, Tensor]:
    """Return (B, T) ids and what is learnt behind each of them."""
    width = max(len(ids) for ids, _ in rows) - 1
    ids = torch.full((len(rows), width), IDS[PAD])
    targets = torch.full((len(rows), width), _IGNORED)
    for place, (own, learnt) in enumerate(rows):
        told = [i if known else _IGNORED for i, known in zip(own, learnt, strict=True)]
        ids[place, : len(own) - 1] = torch.tensor(own[:-1])
        targets[place, : len(own) - 1] = torch.tensor(told[1:])
    return ids, targets
