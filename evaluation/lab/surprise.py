"""A base for verifiers that knows, at each token, how little a line so far was to be expected.

A head at the end of a line does not find what the weights know of it in minutes: the prediction of
a token is made at the place before it, and only in the last layers. So the reasoner gets two layers
more, of which the first looks one token back from the start, and learns without any labels to say
at each token whether the line so far has one that the reasoner itself would hardly have drawn.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import count, islice
from math import cos, sin

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    LlamaForTokenClassification,
    LlamaModel,
)

from evaluation.lab.learning import Learning
from evaluation.lab.reasoner import LAYERS
from evaluation.lab.tokens import EOS, IDS
from training.verifier.batches import batches, epoch
from training.verifier.config import TrainConfig
from training.verifier.model import logits
from training.verifier.reading import Reading

LAYERS_ADDED = 2
EXPECTED, UNEXPECTED = -2.5, -4.5
"""Log-probabilities (nats) of a token: that of the first is no surprise at all, of the second is
one. Which of eight legal lines comes next is drawn by chance: that alone is up to 2.1 nats."""

_LOOK_BACK = 7.0
_BATCH_TOKENS = 8192
_NEW_RATE, _OLD_RATE = 0.02, 0.003


def deepened(reasoner: LlamaForCausalLM, seed: int) -> LlamaForTokenClassification:
    """Return the reasoner with two layers more that change nothing yet, and a head of two classes.

    The heads of the first added layer look at the token before, by the angle between the biases
    of their queries and keys: turned by position (arXiv:2104.09864), they meet one place apart.
    """
    model = _with_layers(reasoner.model, LAYERS_ADDED, seed)
    with torch.no_grad():
        _look_back(model.model.layers[-LAYERS_ADDED].self_attn, model.config)
    return model


def gathering(base: LlamaForTokenClassification, seed: int) -> LlamaForTokenClassification:
    """Return a base with one layer more, in which an outcome can be gathered over all the lines.

    What is known of a line is only there behind the last layer, and what comes after the lines has
    to look at all of them.
    """
    model = _with_layers(base.model, 1, seed)
    model.score.load_state_dict(base.score.state_dict())
    return model


def gathered(prm: TrainConfig) -> TrainConfig:
    """Return how an outcome is learnt where a process is learnt so: by the layer that gathers it.

    All else stays as it is. All of it together unlearns to see errors before it learns what they
    lead to.
    """
    own = {"kind": "orm", "freeze": LAYERS + LAYERS_ADDED, "learning_rate": 3e-3, "patience": 100}
    return TrainConfig.model_validate(prm.model_dump(exclude_unset=True) | own)


def surprises(reasoner: LlamaForCausalLM, readings: Sequence[Reading]) -> list[list[float]]:
    """Return (T,) of each reading: how surprising its line is up to each token, in [0, 1].

    What ends the last line is judged as the end of the solution.
    """
    found: list[list[float]] = [[]] * len(readings)
    for batch in batches([len(reading.ids) for reading in readings], _BATCH_TOKENS):
        with torch.inference_mode():
            told = logits(reasoner, [readings[place].ids for place in batch]).log_softmax(-1)
        for row, place in enumerate(batch):
            found[place] = _by_line(told[row], readings[place])
    return found


def teach_surprise(
    model: LlamaForTokenClassification,
    readings: Sequence[Reading],
    targets: Sequence[Sequence[float]],
    *,
    steps: int,
    seed: int,
    batch_tokens: int = 2560,
    told: Callable[[int, float], None] = lambda *_: None,
) -> None:
    """Teach a deepened reasoner `surprises`; tell the step and its loss (nats) after each step."""
    layers = model.model.layers
    rates = {layers[-LAYERS_ADDED:]: _NEW_RATE, layers[:-LAYERS_ADDED]: _OLD_RATE}
    learning = Learning(model, rates, steps=steps, warmup=30, rest=1e-3, decay=0.01)
    lengths = [len(reading.ids) for reading in readings]
    model.train()
    for step, batch in enumerate(islice(_passes(lengths, batch_tokens, seed), steps), 1):
        loss = _loss(model, [readings[i] for i in batch], [targets[i] for i in batch])
        learning.step(loss)
        told(step, loss.item())
    model.eval()


def _passes(lengths: Sequence[int], tokens: int, seed: int) -> Iterator[list[int]]:
    for number in count():
        yield from epoch(lengths, tokens, f"{seed}.{number}")


def _with_layers(trunk: LlamaModel, layers: int, seed: int) -> LlamaForTokenClassification:
    """Return a trunk with layers on top that change nothing yet, and a head of two classes."""
    settings = trunk.config.to_dict() | {
        "num_hidden_layers": trunk.config.num_hidden_layers + layers,
        "attention_bias": True,
        "num_labels": 2,
        "architectures": None,
    }
    torch.manual_seed(seed)
    model = LlamaForTokenClassification(LlamaConfig(**settings))
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith("bias"):
                weight.zero_()
        for layer in model.model.layers[-layers:]:
            layer.self_attn.o_proj.weight.zero_()
            layer.mlp.down_proj.weight.zero_()
    model.model.load_state_dict(trunk.state_dict(), strict=False)
    return model


def _look_back(attention: torch.nn.Module, config: LlamaConfig) -> None:
    size = config.hidden_size // config.num_attention_heads
    theta = config.rope_parameters["rope_theta"]
    angles = [theta ** (-2 * i / size) for i in range(size // 2)]
    key = [_LOOK_BACK] * len(angles) + [0.0] * len(angles)
    query = [_LOOK_BACK * turn(angle) for turn in (cos, lambda a: -sin(a)) for angle in angles]
    for part, bias in ((attention.q_proj, query), (attention.k_proj, key)):
        part.bias.copy_(torch.tensor(bias).repeat(config.num_attention_heads))
        # Little but the place decides, to begin with.
        part.weight.mul_(0.1)


def _by_line(told: Tensor, reading: Reading) -> list[float]:
    ids = torch.tensor(reading.ids)
    own = told[: len(ids) - 1].gather(1, ids[1:, None])[:, 0].tolist()
    own[reading.ends[-1] - 1] = told[reading.ends[-1] - 1, IDS[EOS]].item()
    found, least, ends = [0.0] * len(ids), 0.0, frozenset(reading.ends)
    for place in range(reading.begin, len(ids)):
        least = min(least, own[place - 1])
        found[place] = min(1.0, max(0.0, (EXPECTED - least) / (EXPECTED - UNEXPECTED)))
        if place in ends:
            least = 0.0
    return found


def _loss(
    model: LlamaForTokenClassification,
    readings: Sequence[Reading],
    targets: Sequence[Sequence[float]],
) -> Tensor:
    rated = logits(model, [reading.ids for reading in readings])
    own = [rated[row, reading.begin : len(reading.ids)] for row, reading in enumerate(readings)]
    wanted = [
        surprise
        for reading, row in zip(readings, targets, strict=True)
        for surprise in row[reading.begin :]
    ]
    bad = torch.tensor(wanted)
    return cross_entropy(torch.cat(own), torch.stack([bad, 1 - bad], -1))
