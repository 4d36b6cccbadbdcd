"""Samples of the reasoner as labelled solutions: each line's rating is exact."""

from collections.abc import Iterator, Sequence

from transformers import LlamaForCausalLM

from evaluation.lab.sampling import Sample, draw
from evaluation.lab.task import Problem, answer_of, judge
from training.examples import Example

SOURCE = "the laboratory's reasoner"


def labelled(
    reasoner: LlamaForCausalLM, problems: Sequence[Problem], n: int, *, seed: int
) -> Iterator[tuple[int, list[Example]]]:
    """Draw n solutions of each problem; give them labelled, with the problem's place."""
    for place, samples in draw(reasoner, [p.question for p in problems], n, seed=seed):
        yield place, [example(problems[place], sample) for sample in samples]


def example(problem: Problem, sample: Sample) -> Example:
    """Return a sample with what is known of it: ratings up to its first error, and the outcome."""
    ratings = tuple(1 if right else -1 for right in judge(problem.question, sample.lines))
    answer = answer_of(sample.lines) if sample.ended else None
    return Example.model_construct(
        question=problem.question,
        steps=sample.lines,
        ratings=ratings,
        outcome=answer == str(problem.answer),
        answer=answer,
        truth=str(problem.answer),
        source=SOURCE,
    )
