"""What recycling was worth: students' shares, what is between them, and what was chosen. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isnan
from statistics import fmean

from pydantic import JsonValue

from evaluation.lab.recycling.crossing import crossed, gains
from evaluation.lab.recycling.plan import ARMS, BASE, RAW, Lesson
from evaluation.lab.recycling.versions import Judged, Scores, flawless
from evaluation.statistics import Estimate
from training.pairs import Pair
from training.recycle.summary import Spread

SELECTED = "selected"
COMPARED = (
    *((arm, RAW) for arm in ARMS if arm != RAW),
    (SELECTED, "response"), (SELECTED, "unselected"), (SELECTED, "random"), (SELECTED, "clean"),
    (SELECTED, "raw_by_tokens"), ("ifd_top", "ifd_random"),
)  # fmt: skip
"""Whose shares are subtracted from whose."""
BINS, WIDTH = 30, 0.05
"""Of the histograms of scores; the last has no end."""


@dataclass(frozen=True, slots=True)
class Arm:
    """What students of one arm came to, means over the seeds.

    Attributes:
        solved: the share of all problems.
        held_out: of those that are fixed.
        fresh: of the others.
        pairs: learnt from.
        steps: taken.
        tokens: of answers read in them.
        flawless: the share of pairs whose answers are right line by line.
        operations: of the pairs' problems.
    """

    solved: Estimate
    held_out: float
    fresh: float
    pairs: float
    steps: float
    tokens: float
    flawless: float
    operations: float


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the pairs, all seeds' together.

    Attributes:
        there: the share of pairs that have it.
        flawless: the share of these whose answers are right line by line.
        ifd: how their IFD is spread.
        r_ifd: how their r-IFD is.
        ifd_bins: (30,) how many have an IFD from 0, 0.05, ... on.
        r_ifd_bins: the same of r-IFD.
    """

    there: float
    flawless: float
    ifd: Spread | None
    r_ifd: Spread | None
    ifd_bins: tuple[int, ...]
    r_ifd_bins: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Recycled:
    """The outcome.

    Attributes:
        seed: the first.
        seeds: how many.
        problems: held out, and fresh.
        arms: by name, and that of the base student.
        differences: by `ours_over_theirs`.
        versions: by name; `selected` are those that are learnt from.
        choices: the share of pairs by branch, and by why it is dropped.
        flaws: the share of pairs with each flaw that are selected.
    """

    seed: int
    seeds: int
    problems: tuple[int, int]
    arms: Mapping[str, Arm]
    differences: Mapping[str, Estimate]
    versions: Mapping[str, Version]
    choices: Mapping[str, float]
    flaws: Mapping[str, float]

    @property
    def plain(self) -> dict[str, JsonValue]:
        """As JSON; `figures` are the shares and the differences."""
        figures = {name: arm.solved for name, arm in self.arms.items()} | dict(self.differences)
        told: dict[str, JsonValue] = {"figures": {k: asdict(v) for k, v in figures.items()}}
        return told | asdict(self)


def recycled(
    lessons: Sequence[Lesson], judged: Sequence[Judged], held_out: int, seed: int
) -> Recycled:
    """Compare what students solved: the first `held_out` problems are the fixed ones."""
    by_arm: dict[str, list[Lesson]] = {}
    for lesson in sorted(lessons, key=lambda one: one.seed):
        by_arm.setdefault(lesson.arm, []).append(lesson)
    right = {name: [lesson.right for lesson in own] for name, own in by_arm.items()}
    pairs = [pair for pair in COMPARED if set(pair) <= set(by_arm)]
    return Recycled(
        seed=seed,
        seeds=len(by_arm[RAW]),
        problems=(held_out, len(right[RAW][0]) - held_out),
        arms={name: _arm(by_arm[name], held_out) for name in (BASE, *ARMS) if name in by_arm},
        differences={
            f"{ours}_over_{theirs}": crossed(gains(right[ours], right[theirs]), seed)
            for ours, theirs in pairs
        },
        versions=_versions(judged),
        choices=_choices(judged),
        flaws=_flaws(judged),
    )


def _arm(own: Sequence[Lesson], held_out: int) -> Arm:
    return Arm(
        solved=crossed([lesson.right for lesson in own]),
        held_out=fmean(fmean(lesson.right[:held_out]) for lesson in own),
        fresh=fmean(fmean(lesson.right[held_out:] or [0]) for lesson in own),
        pairs=fmean(lesson.pairs for lesson in own),
        steps=fmean(lesson.steps for lesson in own),
        tokens=fmean(lesson.tokens for lesson in own),
        flawless=fmean(lesson.flawless for lesson in own),
        operations=fmean(lesson.operations for lesson in own),
    )


def _versions(judged: Sequence[Judged]) -> dict[str, Version]:
    found = {
        name: [
            (pair, scores)
            for one in judged
            if (pair := getattr(one.versions, name)) and (scores := getattr(one, name))
        ]
        for name in ("original", "reflected", "response", "both")
    }
    found[SELECTED] = [chosen for one in judged if (chosen := one.chosen)]
    return {name: _version(own, len(judged)) for name, own in found.items() if own}


def _version(own: Sequence[tuple[Pair, Scores]], n: int) -> Version:
    ifds = [scores.ifd for _, scores in own if not isnan(scores.ifd)]
    r_ifds = [scores.r_ifd for _, scores in own if not isnan(scores.r_ifd)]
    return Version(
        there=len(own) / n,
        flawless=fmean(flawless(pair) for pair, _ in own),
        ifd=Spread.of(ifds),
        r_ifd=Spread.of(r_ifds),
        ifd_bins=_bins(ifds),
        r_ifd_bins=_bins(r_ifds),
    )


def _bins(values: Sequence[float]) -> tuple[int, ...]:
    places = Counter(min(BINS - 1, int(value / WIDTH)) for value in values)
    return tuple(places[place] for place in range(BINS))


def _choices(judged: Sequence[Judged]) -> dict[str, float]:
    """Return the shares of pairs that are kept, by branch, and of those dropped, by why."""
    found = Counter(
        f"{choice.branch} kept" if choice.kept else f"{choice.branch} {choice.dropped}"
        for choice in (one.choice for one in judged)
    )
    return {name: found[name] / len(judged) for name in sorted(found)}


def _flaws(judged: Sequence[Judged]) -> dict[str, float]:
    """Return how often a pair is kept, by the flaw of its answer as it was."""
    kept: dict[str, list[bool]] = {}
    for one in judged:
        kept.setdefault(one.versions.noisy.flaw, []).append(one.choice.kept)
    return {name: fmean(kept[name]) for name in sorted(kept)}
