"""What is trained and measured: arms, sizes, and the jobs they make. Knows no models."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal, TypeAlias

from training.journal import Settings

Pretraining: TypeAlias = Literal["std", "pause"]
Tuning: TypeAlias = Literal["std", "pause", "prepended"]
Where: TypeAlias = Literal["appended", "prepended", "filler"]

ARMS: Mapping[str, tuple[Pretraining, Tuning]] = {
    "StdPT_StdFT": ("std", "std"),
    "StdPT_PauseFT": ("std", "pause"),
    "PausePT_StdFT": ("pause", "std"),
    "PausePT_PauseFT": ("pause", "pause"),
}
"""The paper's four, by its names; the first is the baseline."""

BASELINE = "StdPT_StdFT"
PREPENDED: tuple[Pretraining, Tuning] = ("pause", "prepended")
"""One more: fine-tuned with its pauses before the question."""

SWEEP = (0, 1, 2, 5, 10, 20, 50)
"""Pauses at inference; the plan's own number is measured too."""

FILLERS = (10, 50)


@dataclass(frozen=True, slots=True, order=True)
class Condition:
    """How a model is asked: what stands by the question, how often, and where.

    `appended` and `prepended` are pauses, `filler` is an ordinary token behind the question.
    """

    where: Where
    tokens: int


BARE = Condition("appended", 0)


@dataclass(frozen=True, slots=True)
class Course:
    """How long something is taught: updates, rows of a batch, and the matrices' learning rate."""

    steps: int
    rows: int
    rate: float = 0.02


@dataclass(frozen=True, slots=True)
class Plan:
    """The experiment's size. Two runs of one plan come to the same figures.

    Attributes:
        seeds: how often everything is trained anew, 2 to 30 times.
        seed: of the first of these.
        problems: held out of each task, others for each seed.
        pauses: M_ft, while fine-tuning.
        tasks: by name.
        length: tokens of a row of pre-training.
        pretraining: how long that is.
        tuning: the same, of each fine-tuning.
        width: numbers in the residual stream.
        layers: of the models.
    """

    seeds: int = 5
    seed: int = 0
    problems: int = 400
    pauses: int = 10
    tasks: tuple[str, ...] = ("direct", "distance")
    length: int = 96
    pretraining: Course = field(default=Course(steps=400, rows=16))
    tuning: Course = field(default=Course(steps=250, rows=64))
    width: int = 64
    layers: int = 2

    @property
    def settings(self) -> Settings:
        """All that a model depends on. How many seeds there are is not: more may be added."""
        told = {"experiment": "pause", **asdict(self), "tasks": list(self.tasks)}
        return {name: value for name, value in told.items() if name not in ("seeds", "seed")}

    @property
    def all_seeds(self) -> range:
        """Each is a pre-training of either kind, and all that is made of it."""
        return range(self.seed, self.seed + self.seeds)

    def tunings(self) -> Iterator["Tuned"]:
        """Return the models that are fine-tuned, all those of a seed together."""
        for seed in self.all_seeds:
            for task in self.tasks:
                for pretraining, tuning in (*ARMS.values(), PREPENDED):
                    yield Tuned(Pretrained(seed, pretraining), task, tuning)

    def conditions(self, tuned: "Tuned") -> list[Condition]:
        """Return how a fine-tuned model is asked."""
        own = Condition("prepended", self.pauses)
        if tuned.tuning == "prepended":
            return [own]
        if tuned.tuning == "pause":
            numbers = sorted({*SWEEP, self.pauses})
            return [*(Condition("appended", number) for number in numbers), own]
        return [BARE, *(Condition("filler", number) for number in FILLERS)]

    def usual(self, tuning: Tuning) -> Condition:
        """Return how a model is asked as it was fine-tuned."""
        if tuning == "std":
            return BARE
        return Condition("prepended" if tuning == "prepended" else "appended", self.pauses)


@dataclass(frozen=True, slots=True)
class Pretrained:
    """A model that is pre-trained."""

    seed: int
    pretraining: Pretraining

    @property
    def name(self) -> str:
        """Return what its file is called."""
        return f"{self.seed}-{self.pretraining}"


@dataclass(frozen=True, slots=True)
class Tuned:
    """A model that is fine-tuned on a task."""

    base: Pretrained
    task: str
    tuning: Tuning

    @property
    def name(self) -> str:
        """Return what its file is called."""
        return f"{self.base.name}-{self.task}-{self.tuning}"
