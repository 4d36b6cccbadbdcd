"""The versions of a pair, and the sets of them that students learn from. Pure."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from evaluation.lab.recycling.harder import harder
from evaluation.lab.recycling.noise import Noisy
from evaluation.lab.task import MARK, judge, solve
from training.pairs import Pair
from training.recycle import selection
from training.recycle.selection import Choice

PERCENT = 10
"""Of the selected pairs: those of the highest IFD that are learnt from alone."""


@dataclass(frozen=True, slots=True)
class Versions:
    """A pair, and what the teacher made of it; what could not be read is `None`.

    Attributes:
        noisy: the pair.
        reflected: a harder instruction and its answer.
        response: the pair with a better answer.
        both: the harder instruction with a better answer.
    """

    noisy: Noisy
    reflected: Pair | None
    response: Pair | None
    both: Pair | None

    @property
    def original(self) -> Pair:
        """The pair."""
        return self.noisy.pair

    @property
    def every(self) -> list[Pair]:
        """All that there are."""
        four = (self.original, self.reflected, self.response, self.both)
        return [pair for pair in four if pair is not None]


@dataclass(frozen=True, slots=True)
class Scores:
    """A pair's IFD and r-IFD by a student, arXiv:2402.10110, section 3."""

    ifd: float
    r_ifd: float


@dataclass(frozen=True, slots=True)
class Judged:
    """Versions with what the student makes of each."""

    versions: Versions
    original: Scores
    reflected: Scores | None
    response: Scores | None
    both: Scores | None

    @property
    def choice(self) -> Choice:
        """What arXiv:2402.10110 chooses."""
        picked = selection.harder(self.original, self.reflected)
        return selection.select(
            self.original, self.reflected, self.both if picked else self.response
        )

    @property
    def chosen(self) -> tuple[Pair, Scores] | None:
        """The pair that is learnt from, with its scores, `None` if none is."""
        choice = self.choice
        ours = self.versions
        pair, scores = (
            (ours.both, self.both)
            if choice.branch == "instruction"
            else (ours.response, self.response)
        )
        return (pair, scores) if choice.kept and pair and scores else None


Sets: TypeAlias = Mapping[str, list[Pair]]
"""Pairs to learn from, by what was done to them."""


def sets(judged: Sequence[Judged], seed: int) -> Sets:
    """Return sets of one size: as many pairs as are selected.

    All but the selected ones are versions of the same pairs, drawn by chance. `ifd_top` and
    `ifd_random` are each a tenth of the selected set.
    """
    kept = [one.chosen for one in judged]
    selected = [found for found in kept if found is not None]
    rng = random.Random(f"sets/{seed}")
    some = [one.versions for one in rng.sample(list(judged), len(selected))]
    hardest = selection.top([scores.ifd for _, scores in selected], PERCENT)
    ways: Mapping[str, Callable[[Versions], Pair]] = {
        "raw": lambda own: own.original,
        "instruction": lambda own: own.reflected or own.original,
        "response": lambda own: own.response or own.original,
        "unselected": lambda own: own.both or own.reflected or own.response or own.original,
        "random": lambda own: rng.choice(own.every),
        "clean": lambda own: _clean(own.noisy, rng),
        "clean_harder": lambda own: _clean_harder(own.noisy, rng),
    }
    found = {name: [way(own) for own in some] for name, way in ways.items()}
    pairs = [pair for pair, _ in selected]
    found["selected"] = pairs
    found["ifd_top"] = [pairs[place] for place in hardest]
    found["ifd_random"] = rng.sample(pairs, len(hardest))
    return found


def flawless(pair: Pair) -> bool:
    """Return whether a pair's answer is right line by line, and complete."""
    lines = pair.response.split("\n")
    return lines[-1].startswith(MARK) and all(judge(pair.instruction, lines))


def _clean(noisy: Noisy, rng: random.Random) -> Pair:
    return Pair(noisy.pair.instruction, "\n".join(solve(noisy.problem, rng)))


def _clean_harder(noisy: Noisy, rng: random.Random) -> Pair:
    problem = harder(noisy.problem, rng)
    return Pair(problem.question, "\n".join(solve(problem, rng)))
