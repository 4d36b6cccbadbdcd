"""The laboratory's trained models: those that come along, or those of a folder that was built."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import AutoTokenizer, LlamaForCausalLM

from evaluation.lab.errors import NoModels
from evaluation.lab.hindsight import with_hindsight
from training.examples import Example
from training.tuning.models import Base
from training.verifier.rate import Rater, opened_rater

REASONER, TEACHER, PRM = "reasoner", "teacher", "prm"
"""The models' folders, in that of the laboratory."""
_SEED = 0
_TOGETHER = 1024
"""Tokens rated together: what a small model makes of them stays in the processor's cache, and it
is nearly twice as fast as with sixteen times as many."""


@dataclass(frozen=True, slots=True)
class Judge:
    """A trained verifier, asked about many solutions at once."""

    rater: Rater

    def rate(self, examples: Sequence[Example]) -> list[tuple[float, ...]]:
        """Return the (S,) rewards of each of (N,) solutions; equal ones are rated once."""
        first = {(example.question, example.steps): example for example in examples}
        readings = [self.rater.reader.read(example) for example in first.values()]
        known = dict(zip(first, self.rater.rate(readings, tokens=_TOGETHER), strict=True))
        return [known[example.question, example.steps] for example in examples]


@dataclass(frozen=True, slots=True)
class Models:
    """A reasoner, and the large process reward model of its solutions."""

    reasoner: LlamaForCausalLM
    large: Judge


def opened(folder: Path) -> Models:
    """Read the models of a folder.

    Raises:
        NoModels: it lacks one.
    """
    for name in (REASONER, PRM):
        present(folder / name)
    reasoner = LlamaForCausalLM.from_pretrained(folder / REASONER, dtype=torch.float32).eval()
    return Models(reasoner, Judge(opened_rater(folder / PRM, "cpu")))


def verifier_base(folder: Path) -> Base:
    """Make what the verifiers of a folder are made of, out of its teacher.

    Raises:
        NoModels: it lacks that.
    """
    path = present(folder / TEACHER)
    teacher = LlamaForCausalLM.from_pretrained(path, dtype=torch.float32)
    return Base(with_hindsight(teacher, _SEED).eval(), AutoTokenizer.from_pretrained(path))


def present(path: Path) -> Path:
    """Return a model's folder.

    Raises:
        NoModels: there is none.
    """
    if not (path / "config.json").is_file():
        raise NoModels(path)
    return path
