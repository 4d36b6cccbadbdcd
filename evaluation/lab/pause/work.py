"""The pause experiment's jobs, one model each, and what is kept of them in a run's folder.

A model that is in its file is not trained again. Needs torch.
"""

import random
from dataclasses import dataclass
from pathlib import Path

from safetensors.torch import load_file, save_file
from transformers import LlamaForCausalLM

from evaluation.lab.pause.plan import Condition, Plan, Pretrained, Tuned
from evaluation.lab.pause.schooling import pretrained, right, size_of, tune
from evaluation.lab.pause.tasks import TASKS, Question, held_out
from evaluation.lab.reasoner import new_reasoner


@dataclass(frozen=True, slots=True)
class Work:
    """What every job of a run knows: the plan, and where models are kept."""

    plan: Plan
    folder: Path

    def pretrain(self, job: Pretrained) -> Pretrained:
        """Pre-train a model into its file."""
        path = self._path(job)
        if not path.exists():
            avoid = self._avoid(job.seed)
            _save(pretrained(self.plan, job.seed, job.pretraining, avoid), path)
        return job

    def tune(self, job: Tuned) -> tuple[Tuned, dict[Condition, list[bool]]]:
        """Fine-tune a model into its file, and say what it gets right, by how it is asked."""
        path, plan, seed = self._path(job), self.plan, job.base.seed
        if not path.exists():
            model = self.opened(job.base)
            usual, avoid = plan.usual(job.tuning), self._avoid(seed)
            tune(model, plan.tuning, job.task, usual, seed=seed, avoid=avoid)
            _save(model, path)
        model, questions = self.opened(job), self._questions(seed, job.task)
        return job, {one: right(model, questions, one) for one in plan.conditions(job)}

    def _questions(self, seed: int, task: str) -> list[Question]:
        rng = random.Random(f"{seed}/{task}/held out")
        return held_out(TASKS[task], rng, self.plan.problems)

    def _avoid(self, seed: int) -> frozenset[str]:
        each = (self._questions(seed, task) for task in self.plan.tasks)
        return frozenset(question.text for own in each for question in own)

    def opened(self, job: Pretrained | Tuned) -> LlamaForCausalLM:
        """Return the model of a job that is done."""
        model = new_reasoner(0, size_of(self.plan))
        model.load_state_dict(load_file(self._path(job)))
        return model.eval()

    def _path(self, job: Pretrained | Tuned) -> Path:
        return self.folder / f"{job.name}.safetensors"


def _save(model: LlamaForCausalLM, path: Path) -> None:
    """Save a model's weights; half of them are never left behind."""
    unfinished = path.with_suffix(".unfinished")
    save_file(model.state_dict(), unfinished)
    unfinished.rename(path)
