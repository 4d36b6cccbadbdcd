"""The two models of the exchange: the reasoner that comes along, and a small one taught here."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from transformers import LlamaForCausalLM, PreTrainedModel

from evaluation.lab.build import SHIPPED
from evaluation.lab.found import Told, watched
from evaluation.lab.models import Judge
from evaluation.lab.reasoner import SMALL, new_reasoner, teach
from evaluation.lab.sampling import Sample, draw
from evaluation.lab.solutions import example
from evaluation.lab.task import Problem
from evaluation.lab.tokens import prompt_ids
from evaluation.lab.trade import Entry, Parameters
from scorers.base import aggregate


@dataclass(frozen=True, slots=True)
class Rivals:
    """A small model, what judges its samples, and a larger model."""

    small: LlamaForCausalLM
    verifier: Judge
    large: LlamaForCausalLM

    @property
    def parameters(self) -> Parameters:
        """How many each has."""
        return Parameters(_count(self.small), _count(self.large), _count(self.verifier.rater.model))


def small_reasoner(avoid: Collection[str], told: Told) -> LlamaForCausalLM:
    """Teach a small reasoner as the larger one was taught: as long, on the same problems."""
    how = replace(SHIPPED.reasoner, avoid=frozenset(avoid))
    model = new_reasoner(how.seed, SMALL)

    def hear(step: int, loss: float) -> None:
        told(f"small reasoner, loss {loss:.3f}", step, how.steps)

    teach(model, how, hear)
    return model


def entries(
    rivals: Rivals, problems: Sequence[Problem], samples: int, *, seed: int, told: Told
) -> list[Entry]:
    """Have the larger model answer greedily, and draw and judge so many of the small one."""
    questions, n = [problem.question for problem in problems], len(problems)
    greedy = draw(rivals.large, questions, 1, seed=seed, temperature=0)
    answers = {place: one for place, [one] in watched(greedy, told, "the larger model", n)}
    drawings = draw(rivals.small, questions, samples, seed=seed)
    judged = {
        place: _entry(rivals.verifier, problems[place], drawn, answers[place])
        for place, drawn in watched(drawings, told, "sampling and judging", n)
    }
    return [judged[place] for place in range(n)]


def _entry(verifier: Judge, problem: Problem, samples: Sequence[Sample], large: Sample) -> Entry:
    examples = [example(problem, sample) for sample in samples]
    rewards = verifier.rate(examples)
    return Entry(
        question=problem.question,
        truth=str(problem.answer),
        prompt=len(prompt_ids(problem.question)),
        answers=tuple(one.answer for one in examples),
        scores=tuple(aggregate(own, "product") if own else 0.0 for own in rewards),
        tokens=sum(len(sample.ids) for sample in samples),
        large_right=bool(example(problem, large).outcome),
        large_tokens=len(large.ids),
    )


def _count(model: PreTrainedModel) -> int:
    return sum(weight.numel() for weight in model.parameters())
