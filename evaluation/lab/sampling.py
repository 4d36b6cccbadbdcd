"""Drawing many solutions of many questions at once from a laboratory model, in this process.

Knows nothing of searches: these are the samples that best-of-N and votes choose from.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import LlamaForCausalLM

from evaluation.lab.decoder import Decoder
from evaluation.lab.tokens import EOS, IDS, PAD, decode, prompt_ids

ROWS = 1024
"""Samples drawn together."""

LONGEST_SOLUTION = 200
"""Tokens after which a sample is given up; right ones of eight operations have at most 150."""

_FEW = 0.75
"""Ended rows are taken out once fewer than this share is left."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One solution: its tokens, and their log-probability (nats) at temperature 1."""

    ids: tuple[int, ...]
    logprob: float

    @property
    def lines(self) -> tuple[str, ...]:
        """Its steps."""
        return tuple(decode(self.ids).split("\n"))

    @property
    def ended(self) -> bool:
        """Whether it came to its end by itself."""
        return self.ids[-1] == IDS[EOS]


def draw(
    model: LlamaForCausalLM,
    questions: Sequence[str],
    n: int,
    *,
    seed: int,
    temperature: float = 1.0,
) -> Iterator[tuple[int, list[Sample]]]:
    """Draw n samples of each question; give them with the question's place, the shortest first."""
    asked = [prompt_ids(question) for question in questions]
    return draw_behind(model, asked, n, seed=seed, temperature=temperature)


def draw_behind(
    model: LlamaForCausalLM,
    given: Sequence[list[int]],
    n: int,
    *,
    seed: int,
    temperature: float = 1.0,
) -> Iterator[tuple[int, list[Sample]]]:
    """Draw n samples behind each of some prompts' ids; give them as `draw` does."""
    torch.manual_seed(seed)
    prompts = sorted((len(ids), i, ids) for i, ids in enumerate(given))
    decoder = Decoder(model, max(map(len, given), default=0) + LONGEST_SOLUTION)
    together = max(1, ROWS // n)
    for start in range(0, len(prompts), together):
        part = prompts[start : start + together]
        with torch.inference_mode():
            samples = _draw(decoder, [ids for _, _, ids in part], n, temperature)
        for k, (_, place, _) in enumerate(part):
            yield place, samples[k * n : (k + 1) * n]


def _draw(decoder: Decoder, prompts: list[list[int]], n: int, temperature: float) -> list[Sample]:
    """Draw n samples behind each prompt."""
    logits, lengths = _begin(decoder, prompts)
    rows = torch.arange(len(prompts)).repeat_interleave(n)
    decoder.keep(rows)
    logits, lengths = logits[rows], lengths[rows]
    owners = torch.arange(len(rows))
    drawn = torch.full((len(rows), LONGEST_SOLUTION), IDS[PAD])
    logprobs, going = torch.zeros(len(rows)), torch.ones(len(rows), dtype=torch.bool)
    for place in range(LONGEST_SOLUTION):
        chosen = _choose(logits, temperature)
        told = logits.log_softmax(-1).gather(1, chosen[:, None])[:, 0]
        drawn[owners[going], place] = chosen[going]
        logprobs[owners[going]] += told[going]
        going = going & (chosen != IDS[EOS])
        left = int(going.sum())
        if not left:
            break
        if left < _FEW * len(going):
            staying = going.nonzero()[:, 0]
            decoder.keep(staying)
            owners, lengths, chosen = owners[staying], lengths[staying], chosen[staying]
            going = going[staying]
        logits = decoder.read(chosen[:, None], lengths)[:, -1]
        lengths = lengths + 1
    whole = zip(drawn.tolist(), logprobs.tolist(), strict=True)
    return [Sample(_to_end(ids), logprob) for ids, logprob in whole]


def _begin(decoder: Decoder, prompts: list[list[int]]) -> tuple[Tensor, Tensor]:
    """Read (P,) prompts; return the (P, V) logits behind each, and their lengths."""
    lengths = torch.tensor([len(ids) for ids in prompts])
    width = int(lengths.max())
    ids = torch.tensor([ids + [IDS[PAD]] * (width - len(ids)) for ids in prompts])
    decoder.begin(len(prompts), width + LONGEST_SOLUTION)
    logits = decoder.read(ids, torch.zeros(len(prompts), dtype=torch.long))
    return logits[torch.arange(len(prompts)), lengths - 1], lengths


def _choose(logits: Tensor, temperature: float) -> Tensor:
    if temperature == 0:
        return logits.argmax(-1)
    return torch.multinomial((logits / temperature).softmax(-1), 1)[:, 0]


def _to_end(ids: list[int]) -> tuple[int, ...]:
    return tuple(ids[: ids.index(IDS[EOS]) + 1] if IDS[EOS] in ids else ids)
