"""What came of recycling, in figures: counts, means with intervals, histograms, a few examples."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan
from typing import Literal, TypeAlias

from pydantic import JsonValue, TypeAdapter

from engines.base import Usage
from training.measures import bootstrap
from training.recycle.path import Outcome
from training.recycle.records import Failed, Scored

Measure: TypeAlias = Literal["ifd", "r_ifd", "instruction_tokens", "response_tokens"]
"""What is told of every version; tokens are the student's."""
_SHARES = tuple(place / 10 for place in range(16))
_TOKENS = (0.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0)
EDGES: Mapping[Measure, tuple[float, ...]] = {
    "ifd": _SHARES,
    "r_ifd": _SHARES,
    "instruction_tokens": _TOKENS,
    "response_tokens": _TOKENS,
}
"""Where the bins of a histogram begin; the last has no end."""
_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of n numbers, with its 95 % bootstrap interval."""

    n: int
    value: float
    low: float
    high: float

    @classmethod
    def of(cls, numbers: Sequence[float], seed: int = 0) -> "Mean | None":
        """Return the mean of those that are numbers; `None` if none is."""
        known = [number for number in numbers if not isnan(number)]
        n = len(known)
        if not n:
            return None
        low, high = bootstrap(n, lambda drawn: sum(known[i] for i in drawn) / n, seed)
        return cls(n, sum(known) / n, low, high)


@dataclass(frozen=True, slots=True)
class Change:
    """How a measure went.

    Attributes:
        all_before: of all pairs as they were.
        before: of those that are kept, as they were.
        after: of those that are kept, as they are now.
        by: how much more it is of a pair that is kept.
        bins: how many of `all_before`, `before` and `after` are in each bin; see `EDGES`.
    """

    all_before: Mean | None
    before: Mean | None
    after: Mean | None
    by: Mean | None
    bins: dict[str, list[int]]


@dataclass(frozen=True, slots=True)
class Example:
    """A pair before and after."""

    id: int
    branch: str
    instruction: str
    response: str
    new_instruction: str
    new_response: str
    ifd: tuple[float, float]
    r_ifd: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Subset:
    """The hardest pairs: so many percent of those kept, in `file`; none is below `ifd`."""

    percent: float
    n: int
    ifd: float
    file: str


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it.

    Attributes:
        setup: all that it depends on.
        samples: pairs that were read.
        kept: those the student is to learn from.
        branches: of those, with which instruction.
        dropped: the others that are done, by why; see `selection.Dropped`.
        failed: those that are not done, to be done by a run that goes on, by why.
        reflections: what came of reflecting, by what was reflected on.
        cut: replies that the cap on their tokens ended.
        picked: pairs whose reflected instruction was harder.
        measures: how scores and lengths went.
        subsets: files of the hardest of those kept.
        teacher: what its replies cost.
        student: what its scores cost.
        examples: the first few that are kept.
    """

    setup: dict[str, JsonValue]
    samples: int
    kept: int
    branches: dict[str, int]
    dropped: dict[str, int]
    failed: dict[str, int]
    reflections: dict[str, dict[str, int]]
    cut: int
    picked: int
    measures: dict[Measure, Change]
    subsets: tuple[Subset, ...]
    teacher: Usage
    student: Usage
    examples: tuple[Example, ...]

    @property
    def plain(self) -> dict[str, JsonValue]:
        """All of it as JSON."""
        found: dict[str, JsonValue] = _REPORT.dump_python(self, mode="json")
        return found


_REPORT = TypeAdapter(Report)


@dataclass(slots=True)
class Tally:
    """Counts outcomes one by one; of each it keeps a few numbers."""

    samples: int = 0
    cut: int = 0
    picked: int = 0
    branches: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    came: dict[str, Counter[str]] = field(default_factory=dict)
    every: list[Scored] = field(default_factory=list)
    pairs: list[tuple[Scored, Scored]] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)

    def add(self, came: Outcome | Failed) -> None:
        """Count what became of one more sample."""
        self.samples += 1
        if isinstance(came, Failed):
            self.failed[came.error] += 1
            return
        self.every.append(came.versions["original"].scored)
        for stage, what in came.came.items():
            self.came.setdefault(stage, Counter())[what] += 1
        self.cut += came.cut
        self.picked += came.choice.branch == "instruction"
        if came.choice.dropped is None:
            self._keep(came)
        else:
            self.dropped[came.choice.dropped] += 1

    def _keep(self, came: Outcome) -> None:
        old, new = came.versions["original"], came.versions["response"]
        self.branches[came.choice.branch] += 1
        self.pairs.append((old.scored, new.scored))
        if len(self.examples) < _EXAMPLES:
            example = Example(
                old.scored.id,
                came.choice.branch,
                old.pair.instruction,
                old.pair.response,
                new.pair.instruction,
                new.pair.response,
                (old.scored.ifd, new.scored.ifd),
                (old.scored.r_ifd, new.scored.r_ifd),
            )
            self.examples.append(example)

    def report(
        self,
        setup: Mapping[str, JsonValue],
        subsets: Sequence[Subset],
        teacher: Usage,
        student: Usage,
    ) -> Report:
        """Say what it comes to."""
        return Report(
            setup=dict(setup),
            samples=self.samples,
            kept=len(self.pairs),
            branches=dict(self.branches),
            dropped=dict(self.dropped),
            failed=dict(self.failed),
            reflections={stage: dict(counts) for stage, counts in self.came.items()},
            cut=self.cut,
            picked=self.picked,
            measures={measure: self._change(measure) for measure in EDGES},
            subsets=tuple(subsets),
            teacher=teacher,
            student=student,
            examples=tuple(self.examples),
        )

    def _change(self, measure: Measure) -> Change:
        every = [float(getattr(scored, measure)) for scored in self.every]
        before = [float(getattr(old, measure)) for old, _ in self.pairs]
        after = [float(getattr(new, measure)) for _, new in self.pairs]
        by = [new - old for old, new in zip(before, after, strict=True)]
        told = {"all_before": every, "before": before, "after": after}
        bins = {name: binned(numbers, EDGES[measure]) for name, numbers in told.items()}
        return Change(Mean.of(every), Mean.of(before), Mean.of(after), Mean.of(by), bins)


def binned(numbers: Sequence[float], edges: Sequence[float]) -> list[int]:
    """Return how many numbers are in each bin that begins at an edge; the last has no end."""
    counts = [0] * len(edges)
    for number in numbers:
        if not isnan(number):
            counts[bisect_right(edges, number) - 1] += 1
    return counts
