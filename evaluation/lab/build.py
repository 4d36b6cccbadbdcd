"""The laboratory's models from nothing: `fathom lab build`.

Each is in its folder once it is done; what is there is not made again. All that chance decides
comes from seeds.
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import LlamaForCausalLM, PreTrainedModel

from evaluation.lab.found import Told, watched
from evaluation.lab.gguf import write_gguf
from evaluation.lab.head import write_head
from evaluation.lab.hindsight import LAYERS_ADDED
from evaluation.lab.models import PRM, REASONER, TEACHER, verifier_base
from evaluation.lab.problems import draw_problems
from evaluation.lab.reasoner import LAYERS, Schooling, new_reasoner, teach
from evaluation.lab.solutions import labelled
from evaluation.lab.tokenizer import lab_tokenizer
from training.examples import Example, read_examples, write_examples
from training.tuning.models import Base
from training.tuning.progress import Progress
from training.tuning.report import RECORD
from training.verifier.config import TrainConfig
from training.verifier.report import serving
from training.verifier.train import train
from weights import LAB, VERIFIER
from weights import REASONER as REASONER_FILE

_WEIGHTS = "model.safetensors"
_SERVED, _SAMPLES = "served", "samples.jsonl"
_LONGEST = 200
"""Tokens of the longest solution that a verifier learns from."""


_REASONER = Schooling(steps=1300, rate=0.02, seed=0)
_SERVED_ON = Schooling(steps=2000, rate=0.02, seed=0)
_TAUGHT_ON = Schooling(steps=2600, rate=0.02, seed=1)
TRAINING = TrainConfig(
    freeze=LAYERS + LAYERS_ADDED - 1,
    epochs=2,
    learning_rate=1e-3,
    batch_tokens=4096,
    warmup=0.05,
    dropout=0,
    validation=0.05,
    max_tokens=_LONGEST,
)
"""Only the last of the base's layers learns."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the models are made; the defaults are how those were that come along.

    Attributes:
        reasoner: schooling of what draws solutions.
        served: of what `fathom serve` has: longer, so that it is right more often.
        teacher: its further schooling, into what verifiers are made of.
        problems: of which solutions are drawn, for the verifier to learn from.
        samples: of each.
        prm: how the process reward model is trained.
        seed: of the problems whose solutions are drawn.
    """

    reasoner: Schooling = _REASONER
    served: Schooling = _SERVED_ON
    teacher: Schooling = _TAUGHT_ON
    problems: int = 3500
    samples: int = 6
    prm: TrainConfig = TRAINING
    seed: int = 11


SHIPPED = Recipe()


@dataclass(frozen=True, slots=True)
class Build:
    """One building of the models.

    Attributes:
        folder: where each has a folder, or gets one.
        avoid: questions that are held out, and never shown to any of them.
        told: hears what is being made, and how far it is.
        recipe: how.
    """

    folder: Path
    avoid: frozenset[str]
    told: Told
    recipe: Recipe = SHIPPED

    def run(self) -> None:
        """Make every model that the folder lacks."""
        self.folder.mkdir(parents=True, exist_ok=True)
        reasoner = self._schooled(REASONER, self.recipe.reasoner, None)
        self._schooled(_SERVED, self.recipe.served, None)
        self._schooled(TEACHER, self.recipe.teacher, reasoner)
        examples = self._examples(reasoner)
        self._verifier(examples, verifier_base(self.folder))

    def _schooled(
        self, name: str, how: Schooling, begun: LlamaForCausalLM | None
    ) -> LlamaForCausalLM:
        path = self.folder / name
        if not path.exists():
            model = new_reasoner(how.seed)
            if begun is not None:
                model.load_state_dict(begun.state_dict())
            teach(
                model,
                replace(how, avoid=self.avoid),
                lambda step, loss: self.told(f"{name}, loss {loss:.3f}", step, how.steps),
            )
            save_model(model, path)
        return LlamaForCausalLM.from_pretrained(path, dtype=torch.float32).eval()

    def _examples(self, reasoner: LlamaForCausalLM) -> list[Example]:
        path, recipe = self.folder / _SAMPLES, self.recipe
        if not path.exists():
            problems = draw_problems(recipe.seed, recipe.problems, self.avoid)
            drawn: list[Example] = []
            solutions = labelled(reasoner, problems, recipe.samples, seed=recipe.seed)
            for _, examples in watched(solutions, self.told, "samples", len(problems)):
                drawn += examples
            unfinished = path.with_suffix(".unfinished")
            write_examples(unfinished, drawn)
            unfinished.rename(path)
        return list(read_examples(path))

    def _verifier(self, examples: Sequence[Example], base: Base) -> None:
        def hear(progress: Progress) -> None:
            doing = f"{PRM} {progress.stage}, loss {progress.loss or 0:.3f}"
            self.told(doing, progress.done, progress.total)

        if not (self.folder / PRM).exists():
            train(self.recipe.prm, examples, base, self.folder / PRM, hear)


def install(folder: Path, target: Path = LAB) -> None:
    """Put what was built where it comes along: weights in float16, and files to be served.

    Args:
        folder: where it was built.
        target: where the models of the laboratory come along.
    """
    for name in (REASONER, TEACHER, PRM):
        shutil.copytree(folder / name, target / name, dirs_exist_ok=True)
        weights = load_file(target / name / _WEIGHTS)
        halves = {key: weight.half() for key, weight in weights.items()}
        save_file(halves, target / name / _WEIGHTS, metadata={"format": "pt"})
    _resettle(target / PRM / RECORD, Path("weights", LAB.name, PRM))
    write_gguf(folder / _SERVED, REASONER_FILE, name="lab-reasoner", half=True)
    write_gguf(target / PRM, VERIFIER.model, name="lab-prm", half=True)
    write_head(target / PRM, VERIFIER.head)


def _resettle(record: Path, folder: Path) -> None:
    """Have a verifier's record say where it is now, in the project."""
    told = json.loads(record.read_text(encoding="utf-8"))
    told |= {"directory": str(folder), "serve": serving(folder, told["step_tag"])}
    record.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def save_model(model: PreTrainedModel, path: Path) -> None:
    """Save a model with its tokenizer; half of one is never left behind."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    model.save_pretrained(unfinished)
    lab_tokenizer().save_pretrained(unfinished)
    unfinished.rename(path)
