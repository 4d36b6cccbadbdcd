"""A teacher that reflects: a large model of the laboratory, taught to rewrite pairs, and asked to.

Source: arXiv:2402.10110, section 3.1. Differs from the paper: its teacher was never taught to
reflect, and is told in words what to look for; this one is shown pairs with flaws and what they
should have been. It errs: what it writes is taken as it comes, if it can be read.
"""

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from transformers import LlamaForCausalLM

from evaluation.lab.reasoner import Schooling, batches, learn
from evaluation.lab.recycling.forms import (
    Text,
    asked_for_instruction,
    asked_for_response,
    told_instruction,
    told_response,
)
from evaluation.lab.recycling.harder import harder
from evaluation.lab.recycling.noise import Noisy, answered, draw_noisy
from evaluation.lab.recycling.versions import Versions
from evaluation.lab.sampling import Sample, draw_behind
from evaluation.lab.task import solve
from evaluation.lab.tokens import encode, solution_ids
from training.pairs import Pair

_INSTRUCTIONS = 0.6
"""How many of the reflections that are taught are on instructions: it is the harder half."""


@dataclass(frozen=True, slots=True)
class Teacher:
    """Rewrites pairs at temperature 0. Instructions in `avoid` are not taken from it."""

    model: LlamaForCausalLM
    avoid: frozenset[str]

    def versions(self, noisy: Sequence[Noisy]) -> list[Versions]:
        """Return the versions of (N,) pairs: with a better answer, harder, and both."""
        originals = dict(enumerate(one.pair for one in noisy))
        reflected = self._instructions(originals)
        responses = self._responses(originals)
        both = self._responses(reflected)
        return [
            Versions(one, reflected.get(i), responses.get(i), both.get(i))
            for i, one in enumerate(noisy)
        ]

    def _instructions(self, pairs: Mapping[int, Pair]) -> dict[int, Pair]:
        written = self._written(pairs, asked_for_instruction)
        read = {place: told_instruction(lines) for place, lines in written.items()}
        return {
            place: pair
            for place, pair in read.items()
            if pair and pair.instruction not in self.avoid | {pairs[place].instruction}
        }

    def _responses(self, pairs: Mapping[int, Pair]) -> dict[int, Pair]:
        written = self._written(pairs, asked_for_response)
        read = {
            place: told_response(pairs[place].instruction, lines)
            for place, lines in written.items()
        }
        return {place: pair for place, pair in read.items() if pair}

    def _written(
        self, pairs: Mapping[int, Pair], asked: Callable[[Pair], list[int]]
    ) -> dict[int, tuple[str, ...]]:
        """Return the lines that came to their end, by their pairs' places."""
        places = list(pairs)
        prompts = [asked(pairs[place]) for place in places]
        drawn = draw_behind(self.model, prompts, 1, seed=0, temperature=0)
        found: dict[int, Sample] = {places[i]: sample for i, [sample] in drawn}
        return {place: sample.lines for place, sample in found.items() if sample.ended}


def taught_to_reflect(model: LlamaForCausalLM, how: Schooling) -> None:
    """Teach a model to reflect on pairs of the noisy set's kind, but not on those of that set."""
    learn(model, how, batches(how, lambda rng: reflection(rng, how.avoid)))


def reflection(rng: random.Random, avoid: Collection[str]) -> Text:
    """Draw a pair, what may be asked about it, and what a teacher should say."""
    noisy = draw_noisy(rng, avoid)
    problem = harder(noisy.problem, rng)
    if rng.random() < _INSTRUCTIONS:
        asked = asked_for_instruction(noisy.pair)
        said = [*encode(f"{problem.question}\n"), *solution_ids(solve(problem, rng))]
        return len(asked), [*asked, *said]
    # Answers of instructions that were made harder are to be made better, too.
    given = noisy if rng.random() < 1 / 2 else answered(problem, rng)
    asked = asked_for_response(given.pair)
    return len(asked), [*asked, *solution_ids(solve(given.problem, rng))]
