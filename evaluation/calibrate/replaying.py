"""A question's pool in the place of an engine, a scorer and a grader: a search for nothing.

A strategy that draws whole solutions runs on them as it is served: every request is dealt the next
solutions of the pool in some order, none of them twice; they have the opinions and the answers
that were recorded. What asks for anything else is refused.
"""

from collections.abc import Sequence
from dataclasses import replace

from engines.base import (
    Capabilities,
    Finish,
    Generation,
    Likelihoods,
    Listener,
    Prompt,
    Request,
    Sample,
    Step,
)
from engines.conversation import Conversation
from engines.usage import FREE, Usage
from evaluation.calibrate.errors import NotReplayable
from evaluation.calibrate.how import How
from evaluation.calibrate.pool import Pooled, Solution
from evaluation.datasets import Question
from evaluation.fingerprint import task
from scorers.answers import Answers
from scorers.base import Candidate, Judgement, Opinion
from search import Models, Task


class Table:
    """What is known of one question's solutions: their scorer and their grader.

    Solutions are told by their texts: those of one text have one answer and one opinion.
    """

    partial, relative, remote, alternatives = False, False, False, 0
    counts = FREE

    def __init__(self, pooled: Pooled, how: How) -> None:
        question = Question(pooled.id, pooled.question, pooled.truth)
        # A recorded solution was drawn behind its pauses already.
        sampling = replace(how.sampling, alternatives=0, pauses=())
        self.id, self.name = pooled.id, pooled.scorer
        self.task = task(question, sampling, seed=how.seed, prompt=how.prompt)
        self.prompt = Prompt(self.task.conversation, thinking=pooled.thinking)
        self.samples = tuple(map(_sample, pooled.solutions))
        self._solutions = {solution.text: solution for solution in pooled.solutions}
        shown = zip(self.samples, pooled.solutions, strict=True)
        self._answers = {_shown(sample, self.prompt): solution for sample, solution in shown}
        self._judging_tokens = pooled.judging_tokens

    def right(self, answer: Candidate) -> bool:
        """Say whether the answer of a search is right."""
        return self._solution(answer).right

    def bound(self, candidates: Sequence[Candidate]) -> Usage:
        """Return what judging (N,) of them took, as their share of all."""
        return Usage(completion_tokens=round(self._judging_tokens * len(candidates)), calls=1)

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        """Return the recorded opinions."""
        opinions: tuple[Opinion, ...] = tuple(self._solution(one).opinion for one in candidates)
        return Judgement(opinions, self.bound(candidates))

    async def group(self, texts: Sequence[str], pattern: str | None = None) -> Answers:  # noqa: ARG002
        """Return the recorded answers, their groups numbered as they come."""
        found = [self._answer(text) for text in texts]
        seen = dict.fromkeys(one.group for one in found if one.group is not None)
        places = {group: place for place, group in enumerate(seen)}
        groups = (None if one.group is None else places[one.group] for one in found)
        return Answers(tuple(one.answer for one in found), tuple(groups))

    async def equal(self, truth: str, given: str) -> bool:
        """Refuse: searches group answers, and compare none with a truth."""
        raise NotReplayable(f"compares {given!r} with {truth!r}")

    def _solution(self, one: Candidate) -> Solution:
        if one.text not in self._solutions:
            raise NotReplayable("makes solutions that the model did not draw")
        return self._solutions[one.text]

    def _answer(self, text: str) -> Solution:
        if text not in self._answers:
            raise NotReplayable("compares texts that are no whole solutions")
        return self._answers[text]


class Deal:
    """The engine of one search: solutions of a table in the `order` of these places, each once."""

    def __init__(self, table: Table, order: Sequence[int], model: str = "pool") -> None:
        self.capabilities = Capabilities(model)
        self.dealt = 0
        self._table, self._order = table, order

    @property
    def models(self) -> Models:
        """The table and this deal, in every role."""
        return Models(self, (self._table,), self._table)

    def task(self, seed: int) -> Task:
        """Return what the search is asked."""
        return replace(self._table.task, seed=seed)

    async def render(self, conversation: Conversation) -> Prompt:
        """Return the question's prompt."""
        if conversation != self._table.task.conversation:
            raise NotReplayable("asks more than the question")
        return self._table.prompt

    async def tokenize(self, text: str) -> tuple[int, ...] | None:
        """Refuse: nothing can be written into a recorded solution."""
        raise NotReplayable(f"writes {text!r} into a solution")

    async def generate(self, request: Request, listen: Listener | None = None) -> Generation:  # noqa: ARG002
        """Deal the next solutions. Nobody hears them grow: they all end at once."""
        if request.steps or request.sampling != self._table.task.sampling:
            raise NotReplayable("draws no whole solutions")
        places = self._order[self.dealt : self.dealt + request.n]
        if len(places) < request.n:
            raise NotReplayable(f"draws more than {len(self._order)} solutions")
        self.dealt += request.n
        samples = tuple(self._table.samples[place] for place in places)
        drawn = sum(sample.step.tokens for sample in samples)
        return Generation(samples, Usage(completion_tokens=drawn, calls=1))

    async def likelihoods(self, request: Request, labels: tuple[str, ...]) -> Likelihoods:
        """Refuse: nothing is known of other tokens."""
        raise NotReplayable(f"asks for likelihoods of {labels} in {request.id}")

    async def health(self) -> None:
        """Return: a pool is always there."""


def _sample(solution: Solution) -> Sample:
    # A stop string of the caller's has ended it for good, as the model's own end would.
    finish: Finish = "length" if solution.finish == "length" else "eos"
    return Sample(Step(solution.text, solution.tokens), finish)


def _shown(sample: Sample, prompt: Prompt) -> str:
    return Candidate(prompt, (sample.step,), sample.finish).answer
