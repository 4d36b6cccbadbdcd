"""The laboratory's reasoner: a Llama of a million parameters, taught to reduce expressions.

Trained on right solutions alone, in a random legal order. Taught for a while, it is a generator
that errs often enough for a search to help; taught for longer, it is the base of verifiers, which
have to know more than what they judge.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import LlamaConfig, LlamaForCausalLM

from evaluation.lab.learning import Learning
from evaluation.lab.problems import MOST
from evaluation.lab.task import draw_problem, solve
from evaluation.lab.tokens import BOS, EOS, IDS, PAD, VOCABULARY, prompt_ids, solution_ids

WIDTH, LAYERS, HEADS, INNER = 128, 4, 4, 384
LONGEST = 320
"""Tokens of the longest question and solution that the model can see."""

_IGNORED = -100
_TOGETHER = 1024
"""Examples that are sorted by length, so that those of a batch are of one length."""
_WARMUP, _REST, _DECAY = 60, 3e-3, 0.05


@dataclass(frozen=True, slots=True)
class Schooling:
    """How the reasoner is taught.

    Attributes:
        steps: updates of the weights.
        rate: the learning rate of the hidden layers' matrices, held to half time, then brought to
            2 % of it in a straight line.
        tokens: of a batch, padding included.
        seed: of problems.
        avoid: questions that are held out.
        rest: the learning rate of all else, which goes the same way.
    """

    steps: int
    rate: float
    tokens: int = 2560
    seed: int = 0
    avoid: frozenset[str] = frozenset()
    rest: float = _REST


@dataclass(frozen=True, slots=True)
class Size:
    """How large a reasoner is: numbers in its residual stream, layers, units within each."""

    width: int = WIDTH
    layers: int = LAYERS
    inner: int = INNER


LARGE, SMALL = Size(), Size(width=64, layers=2, inner=192)
"""That of the reasoner that comes along, and one of an eighth of its parameters."""


def new_reasoner(seed: int, size: Size = LARGE) -> LlamaForCausalLM:
    """Return a reasoner that knows nothing yet."""
    torch.manual_seed(seed)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(VOCABULARY),
            hidden_size=size.width,
            num_hidden_layers=size.layers,
            num_attention_heads=HEADS,
            num_key_value_heads=HEADS,
            intermediate_size=size.inner,
            max_position_embeddings=LONGEST,
            tie_word_embeddings=False,
            pad_token_id=IDS[PAD],
            bos_token_id=IDS[BOS],
            eos_token_id=IDS[EOS],
        )
    )


def teach(
    model: LlamaForCausalLM, how: Schooling, told: Callable[[int, float], None] = lambda *_: None
) -> None:
    """Teach a reasoner, and tell the step and its loss (nats a token) after each step."""
    learn(model, how, batches(how, lambda rng: _example(rng, how.avoid)), told)


def learn(
    model: LlamaForCausalLM,
    how: Schooling,
    read: Iterable[tuple[Tensor, Tensor]],
    told: Callable[[int, float], None] = lambda *_: None,
) -> None:
    """Have a model learn from (B, T) ids and targets of as many steps as it is taught for."""
    learning = Learning(
        model,
        {model.model.layers: how.rate},
        steps=how.steps,
        warmup=_WARMUP,
        rest=how.rest,
        decay=_DECAY,
    )
    model.train()
    for step, (ids, targets) in enumerate(read, 1):
        logits = model(input_ids=ids, use_cache=False).logits
        loss = cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=_IGNORED)
        learning.step(loss)
        told(step, loss.item())
    model.eval()


def batches(
    how: Schooling, example: Callable[[random.Random], tuple[int, list[int]]]
) -> Iterator[tuple[Tensor, Tensor]]:
    """Draw examples for as many steps as there are to be, (B, T) ids and targets.

    An example is its ids, of which so many are only given.
    """
    rng = random.Random(how.seed)
    done = 0
    while done < how.steps:
        drawn = (example(rng) for _ in range(_TOGETHER))
        examples = sorted(drawn, key=lambda example: len(example[1]))
        chunks = list(_chunks(examples, how.tokens))
        rng.shuffle(chunks)
        for chunk in chunks[: how.steps - done]:
            done += 1
            yield padded(chunk)


def _example(rng: random.Random, avoid: frozenset[str]) -> tuple[int, list[int]]:
    problem = draw_problem(rng, rng.randint(1, MOST))
    while problem.question in avoid:
        problem = draw_problem(rng, problem.operations)
    prompt = prompt_ids(problem.question)
    return len(prompt), prompt + solution_ids(solve(problem, rng))


def _chunks(
    examples: list[tuple[int, list[int]]], tokens: int
) -> Iterator[list[tuple[int, list[int]]]]:
    chunk: list[tuple[int, list[int]]] = []
    for example in examples:
        if chunk and (len(chunk) + 1) * len(example[1]) > tokens:
            yield chunk
            chunk = []
        chunk.append(example)
    if chunk:
        yield chunk


def padded(chunk: Sequence[tuple[int, Sequence[int]]]) -> tuple[Tensor, Tensor]:
    """Return (B, T) ids and targets of texts, of each of which so many ids are only given."""
    width = max(len(ids) for _, ids in chunk) - 1
    ids = torch.full((len(chunk), width), IDS[PAD])
    targets = torch.full((len(chunk), width), _IGNORED)
    for row, (prompt, whole) in enumerate(chunk):
        ids[row, : len(whole) - 1] = torch.tensor(whole[:-1])
        # The question is given, never drawn: nothing is learnt from its tokens.
        targets[row, prompt - 1 : len(whole) - 1] = torch.tensor(whole[prompt:])
    return ids, targets
