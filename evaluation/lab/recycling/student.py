"""The small students: taught a little text first, then each of them one set of pairs.

Source: arXiv:2402.10110, sections 3.2 and 3.3: the student that chooses is the one that has not
yet learnt from any set.
"""

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import deepcopy

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import LlamaForCausalLM

from evaluation.lab.reasoner import SMALL, Schooling, batches, learn, new_reasoner, padded
from evaluation.lab.recycling.forms import Text, Texts, learnt, texts
from evaluation.lab.recycling.versions import Judged, Scores, Versions
from evaluation.lab.sampling import draw
from evaluation.lab.task import Problem, answer_of, draw_problem, solve
from training.pairs import Pair
from training.recycle.scores import ratio

EASY = 5
"""Operations that the text has at most which a student is taught before it learns from pairs."""
MIXTURE: Mapping[str, float] = {
    "response_after": 0.7, "response": 0.1, "instruction": 0.05, "instruction_after": 0.15,
}  # fmt: skip
"""How much of that text is of what a student's scores of a pair are told by."""

_IGNORED = -100
_TOGETHER = 128
"""Texts read together."""
_SORTED = 8
"""Batches whose pairs are sorted by length, so that those of a batch are of one length."""


def new_student(how: Schooling) -> LlamaForCausalLM:
    """Return a small model that was taught text of the laboratory, and no instructions."""
    model = new_reasoner(how.seed, SMALL)
    learn(model, how, batches(how, lambda rng: some_text(rng, how.avoid)))
    return model


def some_text(rng: random.Random, avoid: Collection[str]) -> Text:
    """Draw a problem and its solution, and of these one behind the other, or one alone."""
    problem = draw_problem(rng, rng.randint(1, EASY))
    while problem.question in avoid:
        problem = draw_problem(rng, problem.operations)
    every = texts(Pair(problem.question, "\n".join(solve(problem, rng))))
    told: Text = getattr(every, rng.choices(list(MIXTURE), list(MIXTURE.values()))[0])
    return told


def taught(
    base: LlamaForCausalLM, pairs: Sequence[Pair], how: Schooling, together: int
) -> tuple[LlamaForCausalLM, int]:
    """Return a student that learnt from these pairs, so many at a step, again and again.

    And how many tokens of answers it read.
    """
    model, tokens = deepcopy(base), 0

    def counted() -> Iterator[tuple[Tensor, Tensor]]:
        nonlocal tokens
        for ids, targets in rounds(pairs, how.steps, together, how.seed):
            tokens += int((targets != _IGNORED).sum())
            yield ids, targets

    learn(model, how, counted())
    return model, tokens


def rounds(
    pairs: Sequence[Pair], steps: int, together: int, seed: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Give each pair once, in another order each time, for so many steps."""
    rng, examples, done = random.Random(seed), [learnt(pair) for pair in pairs], 0
    while done < steps:
        chunks = list(_chunks(rng.sample(examples, len(examples)), together))
        rng.shuffle(chunks)
        for chunk in chunks[: steps - done]:
            done += 1
            yield padded(chunk)


def solved(model: LlamaForCausalLM, problems: Sequence[Problem]) -> list[bool]:
    """Return whether the model's answer at temperature 0 is right, for (Q,) problems."""
    drawn = draw(model, [problem.question for problem in problems], 1, seed=0, temperature=0)
    answers = {place: sample for place, [sample] in drawn}
    return [
        answers[place].ended and answer_of(answers[place].lines) == str(problem.answer)
        for place, problem in enumerate(problems)
    ]


def judged(model: LlamaForCausalLM, versions: Sequence[Versions]) -> list[Judged]:
    """Return what a student makes of all versions of (N,) pairs."""
    every = dict.fromkeys(pair for one in versions for pair in one.every)
    known = dict(zip(every, _scores(model, [texts(pair) for pair in every]), strict=True))

    def of(pair: Pair | None) -> Scores | None:
        return known[pair] if pair else None

    return [
        Judged(one, known[one.original], of(one.reflected), of(one.response), of(one.both))
        for one in versions
    ]


def _scores(model: LlamaForCausalLM, every: Sequence[Texts]) -> list[Scores]:
    kinds: Mapping[str, list[Text]] = {
        name: [getattr(one, name) for one in every] for name in Texts.__slots__
    }
    found = {name: losses(model, own) for name, own in kinds.items()}
    return [
        Scores(
            ifd=ratio(found["response_after"][i], found["response"][i]),
            r_ifd=ratio(found["instruction_after"][i], found["instruction"][i]),
        )
        for i in range(len(every))
    ]


def losses(model: LlamaForCausalLM, every: Sequence[Text]) -> list[float]:
    """Return the mean loss (nats a token) of what is not given in each of (N,) texts."""
    order = sorted(range(len(every)), key=lambda place: len(every[place][1]))
    found = [0.0] * len(every)
    for start in range(0, len(order), _TOGETHER):
        places = order[start : start + _TOGETHER]
        ids, targets = padded([every[place] for place in places])
        with torch.inference_mode():
            logits = model(input_ids=ids, use_cache=False).logits
        each = cross_entropy(
            logits.flatten(0, 1), targets.flatten(), ignore_index=_IGNORED, reduction="none"
        ).view(targets.shape)
        means = each.sum(-1) / (targets != _IGNORED).sum(-1)
        for place, loss in zip(places, means.tolist(), strict=True):
            found[place] = loss
    return found


def _chunks(examples: Sequence[Text], together: int) -> Iterator[list[Text]]:
    """Give all examples, so many at a time, of like length as far as neighbours allow."""
    for start in range(0, len(examples), together * _SORTED):
        some = sorted(examples[start : start + together * _SORTED], key=lambda one: len(one[1]))
        for at in range(0, len(some), together):
            yield some[at : at + together]
