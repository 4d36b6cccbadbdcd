"""The laboratory's trained models: those that come along, or those of a folder that was built."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer, LlamaForCausalLM

from evaluation.lab.errors import NoModels
from training.examples import Example
from training.verifier.model import Base
from training.verifier.rate import Rater, opened_rater

REASONER, VERIFIER_BASE, PRM, ORM = "reasoner", "verifier-base", "prm", "orm"
"""The models' folders, in that of the laboratory."""


@dataclass(frozen=True, slots=True)
class Judge:
    """A trained verifier, asked about many solutions at once."""

    rater: Rater

    def rate(self, examples: Sequence[Example]) -> list[tuple[float, ...]]:
        """Return the (S,) rewards of each of (N,) solutions; equal ones are rated once."""
        first = {(example.question, example.steps): example for example in examples}
        readings = [self.rater.reader.read(example) for example in first.values()]
        known = dict(zip(first, self.rater.rate(readings), strict=True))
        return [known[example.question, example.steps] for example in examples]


@dataclass(frozen=True, slots=True)
class Models:
    """A reasoner, and the verifiers of its solutions."""

    reasoner: LlamaForCausalLM
    prm: Judge
    orm: Judge


def opened(folder: Path) -> Models:
    """Read the models of a folder.

    Raises:
        NoModels: it lacks one.
    """
    for name in (REASONER, PRM, ORM):
        _present(folder / name)
    reasoner = LlamaForCausalLM.from_pretrained(folder / REASONER, dtype=torch.float32).eval()
    prm, orm = (Judge(opened_rater(folder / name, "cpu")) for name in (PRM, ORM))
    return Models(reasoner, prm, orm)


def verifier_base(folder: Path) -> Base:
    """Read what the verifiers of a folder were made of.

    Raises:
        NoModels: it lacks that.
    """
    path = _present(folder / VERIFIER_BASE)
    model = AutoModelForTokenClassification.from_pretrained(path, dtype=torch.float32)
    return Base(model, AutoTokenizer.from_pretrained(path))


def _present(path: Path) -> Path:
    if not (path / "config.json").is_file():
        raise NoModels(path)
    return path
