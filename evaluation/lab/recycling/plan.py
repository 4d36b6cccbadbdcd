"""How large the experiment is, what students learn from in it, and what a run writes. No models."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pydantic import TypeAdapter

from evaluation.lab.problems import draw_problems
from evaluation.lab.recycling.versions import Judged
from evaluation.lab.task import Problem
from training.journal import Settings
from training.writing import whole

BASE, RAW, BY_TOKENS = "base", "raw", "raw_by_tokens"
ARMS = (
    RAW, "selected", "response", "unselected", "clean", "instruction", "random", BY_TOKENS,
    "clean_harder", "ifd_top", "ifd_random",
)  # fmt: skip
"""What students learn from, in the order of being tried; see `versions.sets`. `raw_by_tokens` is
the raw set, for as many tokens as the selected set takes in as many steps."""

_FRESH_SEED = 2402
_JUDGED = TypeAdapter(Judged)


@dataclass(frozen=True, slots=True)
class School:
    """How a model is taught: updates of its weights, rates of matrices and of the rest, a seed."""

    steps: int
    rate: float
    seed: int = 0
    rest: float = 3e-3


@dataclass(frozen=True, slots=True)
class Scale:
    """How large the experiment is.

    Attributes:
        seeds: how often everything is drawn and learnt anew, but for teacher and base student.
        seed: of the first of them; the others follow.
        pairs: of a noisy set.
        fresh: problems drawn to be held out, beside those that are given.
        teacher: how it is taught to reflect.
        base: how the student is taught text, before it learns from pairs.
        student: how it learns from pairs.
        together: pairs it learns from in a step.
    """

    seeds: int = 5
    seed: int = 0
    pairs: int = 400
    fresh: int = 300
    teacher: School = field(default_factory=lambda: School(240, 0.005, 3))
    base: School = field(default_factory=lambda: School(1300, 0.02))
    student: School = field(default_factory=lambda: School(150, 0.001, rest=3e-4))
    together: int = 16

    @property
    def every(self) -> range:
        """The seeds."""
        return range(self.seed, self.seed + self.seeds)


USUAL = Scale()
"""As it is done if nothing else is asked for."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A run: its folder, the folder of the models that come along, and what is held out."""

    folder: Path
    models: Path
    scale: Scale
    held_out: tuple[Problem, ...]

    @property
    def problems(self) -> list[Problem]:
        """(Q,) what students are asked: the held-out problems, then the fresh ones."""
        avoid = {problem.question for problem in self.held_out}
        return [*self.held_out, *draw_problems(_FRESH_SEED, self.scale.fresh, avoid)]

    @property
    def avoid(self) -> frozenset[str]:
        """What no model is taught, and no set has."""
        return frozenset(problem.question for problem in self.problems)

    @property
    def settings(self) -> Settings:
        """All that the outcome depends on, but for how many seeds there are."""
        scale = {name: own for name, own in asdict(self.scale).items() if name != "seeds"}
        return {**scale, "held_out": [problem.question for problem in self.held_out]}

    def write_judged(self, seed: int, every: Sequence[Judged]) -> None:
        """Write a seed's set.

        Raises:
            OutputRefused: it cannot be written.
        """
        with whole(self._pairs(seed)) as write:
            for one in every:
                write(json.dumps(asdict(one)) + "\n")

    def read_judged(self, seed: int) -> list[Judged]:
        """Read it."""
        lines = self._pairs(seed).read_text(encoding="utf-8").splitlines()
        return [_JUDGED.validate_python(json.loads(line)) for line in lines]

    def has_judged(self, seed: int) -> bool:
        """Whether it was written."""
        return self._pairs(seed).exists()

    def _pairs(self, seed: int) -> Path:
        return self.folder / f"pairs-{seed}.jsonl"


@dataclass(frozen=True, slots=True)
class Lesson:
    """What came of one student.

    Attributes:
        arm: what it learnt from.
        seed: of the set and of the order.
        right: (Q,) whether its answer is right.
        pairs: it learnt from.
        steps: it took.
        tokens: of answers that it read in them.
        flawless: the share of pairs whose answer is right line by line.
        operations: the mean of a pair's problem; of what can be read as one.
    """

    arm: str
    seed: int
    right: tuple[bool, ...]
    pairs: int = 0
    steps: int = 0
    tokens: int = 0
    flawless: float = 0.0
    operations: float = 0.0
