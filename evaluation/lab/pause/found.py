"""What came of the pause experiment: shares of problems solved, and what they gain.

Every seed has its own pre-training, fine-tuning questions and held-out problems. So its shares are
independent draws, and the intervals are Student's t over seeds: they hold what chance did in
training as well as in the choice of problems. Gains are paired by seed. Knows no models.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from statistics import stdev
from typing import TypeAlias

from pydantic import JsonValue

from evaluation.lab.pause.plan import (
    ARMS,
    BARE,
    BASELINE,
    FILLERS,
    PREPENDED,
    SWEEP,
    Condition,
    Plan,
    Pretrained,
    Pretraining,
    Tuned,
    Tuning,
)
from evaluation.statistics import Estimate

_T_95 = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045),
)
"""(29,) quantiles at 97.5 % of Student's t, from one degree of freedom on."""

MOST_SEEDS = len(_T_95) + 1
Right: TypeAlias = Mapping[tuple[Tuned, Condition], Sequence[bool]]
"""By model and how it was asked, (Q,) whether it was right."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The share of problems solved, what it is above the baseline's, and (S,) shares by seed."""

    share: Estimate
    gain: Estimate
    each: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """The outcome; everything by task.

    Attributes:
        plan: what was trained and measured.
        arms: each asked as it was fine-tuned.
        sweep: of the arms fine-tuned with pauses, by the pauses at inference.
        controls: `filler_10` and `filler_50`, the baseline with so many ordinary tokens;
            `StdPT_PauseFT_prepended` and `PausePT_PauseFT_prepended`, the arms asked with their
            pauses before the question; `PausePT_PrependedFT`, fine-tuned and asked like that.
        tuned: by pre-training, what fine-tuning with pauses gains over fine-tuning without.
    """

    plan: Plan
    arms: Mapping[str, Mapping[str, Measured]]
    sweep: Mapping[str, Mapping[str, Mapping[int, Measured]]]
    controls: Mapping[str, Mapping[str, Measured]]
    tuned: Mapping[str, Mapping[str, Estimate]]

    @property
    def plain(self) -> dict[str, JsonValue]:
        """As JSON; `figures` are the arms' shares, and what each gains."""
        figures: dict[str, JsonValue] = {}
        for task, arms in self.arms.items():
            figures |= {f"{task}_{arm}": asdict(one.share) for arm, one in arms.items()}
            figures |= {
                f"{task}_{arm}_gain": asdict(one.gain)
                for arm, one in arms.items()
                if arm != BASELINE
            }
        return {"figures": figures, **asdict(self)}


def found(plan: Plan, right: Right) -> Findings:
    """Return what a plan's models came to."""
    tables = {task: _Table(plan, task, right) for task in plan.tasks}
    return Findings(
        plan=plan,
        arms={task: table.arms() for task, table in tables.items()},
        sweep={task: table.sweep() for task, table in tables.items()},
        controls={task: table.controls() for task, table in tables.items()},
        tuned={task: table.tuned() for task, table in tables.items()},
    )


def over_seeds(values: Sequence[float]) -> Estimate:
    """Return the mean of (S,) seeds' values and its 95 % interval by Student's t; S from 2 to 30.

    Source: Student 1908, "The probable error of a mean", Biometrika 6, p. 1.
    """
    n = len(values)
    mean = sum(values) / n
    half = _T_95[n - 2] * stdev(values) / sqrt(n)
    return Estimate(mean, mean - half, mean + half)


class _Table:
    """The shares of one task."""

    def __init__(self, plan: Plan, task: str, right: Right) -> None:
        self._plan, self._task, self._right = plan, task, right
        self._baseline = self._shares(*ARMS[BASELINE], BARE)

    def arms(self) -> dict[str, Measured]:
        """Each arm as it was fine-tuned."""
        return {
            arm: self._measured(pretraining, tuning, self._plan.usual(tuning))
            for arm, (pretraining, tuning) in ARMS.items()
        }

    def sweep(self) -> dict[str, dict[int, Measured]]:
        """Each arm that was fine-tuned with pauses, by how many it is asked with."""
        numbers = sorted({*SWEEP, self._plan.pauses})
        return {
            arm: {m: self._measured(*own, Condition("appended", m)) for m in numbers}
            for arm, own in ARMS.items()
            if own[1] == "pause"
        }

    def controls(self) -> dict[str, Measured]:
        """What should not help, or less."""
        before = Condition("prepended", self._plan.pauses)
        told = {
            f"filler_{n}": self._measured(*ARMS[BASELINE], Condition("filler", n)) for n in FILLERS
        }
        told |= {
            f"{arm}_prepended": self._measured(*own, before)
            for arm, own in ARMS.items()
            if own[1] == "pause"
        }
        return told | {"PausePT_PrependedFT": self._measured(*PREPENDED, before)}

    def tuned(self) -> dict[str, Estimate]:
        """What pauses in fine-tuning gain, by pre-training."""
        return {
            name: self._gain(arms[f"{name}_PauseFT"].each, arms[f"{name}_StdFT"].each)
            for arms in [self.arms()]
            for name in ("StdPT", "PausePT")
        }

    def _measured(self, pretraining: Pretraining, tuning: Tuning, condition: Condition) -> Measured:
        each = self._shares(pretraining, tuning, condition)
        return Measured(over_seeds(each), self._gain(each, self._baseline), each)

    def _gain(self, ours: Sequence[float], theirs: Sequence[float]) -> Estimate:
        return over_seeds([a - b for a, b in zip(ours, theirs, strict=True)])

    def _shares(
        self, pretraining: Pretraining, tuning: Tuning, condition: Condition
    ) -> tuple[float, ...]:
        bases = [Pretrained(seed, pretraining) for seed in self._plan.all_seeds]
        models = [Tuned(base, self._task, tuning) for base in bases]
        rows = [self._right[model, condition] for model in models]
        return tuple(sum(row) / len(row) for row in rows)
