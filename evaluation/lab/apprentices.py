"""Verifiers that are trained within an experiment, on as many labelled solutions as it says."""

from collections.abc import Collection, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from transformers import LlamaForCausalLM

from evaluation.lab.build import TRAINING
from evaluation.lab.found import Told, watched
from evaluation.lab.models import Judge
from evaluation.lab.problems import draw_problems
from evaluation.lab.solutions import labelled
from training.examples import Example
from training.tuning.models import Base
from training.tuning.progress import Progress
from training.verifier.config import Kind
from training.verifier.rate import opened_rater
from training.verifier.train import train

_SEED = 5
READ = 6000
"""Solutions read in a training: few of them are read many times."""


def taught(
    kind: Kind, examples: Sequence[Example], base: Base, seed: int, told: Told = lambda *_: None
) -> Judge:
    """Return a verifier of a base that learnt from these examples alone."""
    config = TRAINING.model_copy(
        update={
            "kind": kind,
            "seed": seed,
            "epochs": max(1, round(READ / len(examples))),
            "batch_tokens": 2048,
            "validation": 0.0,
        }
    )

    def hear(progress: Progress) -> None:
        told(f"{kind} {progress.stage}", progress.done, progress.total)

    with TemporaryDirectory() as folder:
        train(config, examples, base, Path(folder) / "verifier", hear)
        return Judge(opened_rater(Path(folder) / "verifier", "cpu"))


def drawn(
    reasoner: LlamaForCausalLM, n: int, avoid: Collection[str], seed: int, told: Told
) -> list[Example]:
    """Return n solutions, one of each of n problems, every line of them rated exactly."""
    solutions = labelled(reasoner, draw_problems(_SEED + seed, n, avoid), 1, seed=seed)
    return [one for _, [one] in watched(solutions, told, "solutions to learn from", n)]
