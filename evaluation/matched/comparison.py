"""Which wins at the same compute, a small model that searches or a larger one: by difficulty.

Source: Snell et al. 2024, arXiv:2408.03314, section 7. Questions are binned by how hard they are
for the small model. The larger model answers once, the small one spends what the exchange allows.

Knows runs that were matched, not files.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from math import log2
from typing import Literal, TypeAlias

from pydantic import JsonValue

from evaluation.exchange import allowance
from evaluation.matched.errors import TooFewShared
from evaluation.matched.runs import Answers, Matched
from evaluation.statistics import Estimate, mean
from search.difficulty import bin_of, quantile_edges

Winner: TypeAlias = Literal["test-time", "pre-training", "neither"]

_FEWEST = 6
"""Of fewer questions that differ a sign test cannot tell anything at 95 %: 2 / 2^5 > 0.05."""
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Exchange:
    """What one ratio comes to, in one bin. Compute is relative to one answer of the small model.

    Attributes:
        ratio: R.
        allowed: the compute that the exchange allows the small model.
        reached: the compute it is judged at: what was allowed, or the most of any run.
        small: its accuracy there, interpolated between runs on log2 of their compute.
        large: the large model's accuracy.
        difference: small - large, paired by question.
        winner: `neither` where the difference may be 0, or fewer than 6 questions differ.
    """

    ratio: float
    allowed: float
    reached: float
    small: float
    large: float
    difference: Estimate
    winner: Winner

    @property
    def capped(self) -> bool:
        """Whether more is allowed than any run has spent."""
        return self.reached < self.allowed


@dataclass(frozen=True, slots=True)
class Point:
    """A run of the small model in one bin: its compute, relative to one answer, and accuracy."""

    compute: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Group:
    """One bin, or all questions together.

    Attributes:
        bin: 1 is the easiest; `None` is all of them.
        questions: how many there are.
        easiest: the least difficulty among them.
        hardest: the greatest.
        answer: the compute of one answer of the small model, in the unit.
        large_answer: of the large one.
        runs: the small model's, in their order.
        exchanges: one for each ratio.
    """

    bin: int | None
    questions: int
    easiest: float
    hardest: float
    answer: float
    large_answer: float
    runs: tuple[Point, ...]
    exchanges: tuple[Exchange, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All bins that hold questions, the easiest first, and last all questions together."""

    matched: Matched
    parameters_ratio: float
    groups: tuple[Group, ...]

    @property
    def plain(self) -> dict[str, JsonValue]:
        """As JSON, where each exchange says whether it is capped."""
        groups: list[JsonValue] = []
        for group in self.groups:
            told: list[JsonValue] = [
                {**asdict(one), "capped": one.capped} for one in group.exchanges
            ]
            groups.append({**asdict(group), "exchanges": told})
        return {
            "parameters_ratio": self.parameters_ratio,
            "unit": self.matched.unit,
            "small": [_run(answers) for answers in self.matched.small],
            "large": _run(self.matched.large),
            "difficulty_from": str(self.matched.difficulty_from),
            "left_out": dict(self.matched.left_out),
            "groups": groups,
        }


def compare(
    matched: Matched, m: float, ratios: Sequence[float], *, bins: int = 5, seed: int = 0
) -> Comparison:
    """Compare runs at the compute that each ratio allows the small model.

    Args:
        matched: the runs, over (Q,) questions.
        m: the large model's parameters over the small one's.
        ratios: values of R, tokens drawn over tokens trained on.
        bins: quantiles of difficulty.
        seed: of the intervals.

    Raises:
        NotAQuantity: M or a ratio makes no sense.
        TooFewShared: there are fewer questions than bins, or none.
    """
    allowed = {ratio: allowance(m, ratio) for ratio in ratios}
    n = len(matched.difficulties)
    if n < max(1, bins):
        raise TooFewShared(n, max(1, bins), matched.left_out)
    groups = [
        _Part(matched, places).group(number, allowed, seed)
        for number, places in binned(matched.difficulties, bins)
    ]
    return Comparison(matched, m, tuple(groups))


def weights(compute: Sequence[float], budget: float) -> tuple[float, ...]:
    """Return how much each of (K,) runs counts at a budget; together they count 1.

    Those next below and next above count by where log2 of the budget is between theirs, runs of
    the same compute alike. Beyond the last run on either side it is that run alone.
    """
    at = min(max(budget, min(compute)), max(compute))
    below = max(c for c in compute if c <= at)
    above = min(c for c in compute if c >= at)
    share = log2(at / below) / log2(above / below) if above > below else 0.0
    return tuple(
        ((c == below) * (1 - share) / compute.count(below))
        + ((c == above) * share / compute.count(above))
        for c in compute
    )


def binned(difficulties: Sequence[float], bins: int) -> Iterator[tuple[int | None, Sequence[int]]]:
    """Give the places of the questions of each bin that holds any, and then all places."""
    quantiles = quantile_edges([-difficulty for difficulty in difficulties], bins)
    numbers = [bin_of(-difficulty, quantiles) for difficulty in difficulties]
    for number in sorted(set(numbers)):
        yield number, [place for place, own in enumerate(numbers) if own == number]
    yield None, range(len(numbers))


@dataclass(frozen=True, slots=True)
class _Part:
    """Some of the questions, by their places."""

    matched: Matched
    places: Sequence[int]

    def group(self, number: int | None, allowed: dict[float, float], seed: int) -> Group:
        answer = self._mean([self._spent(run) for run in self.matched.small if run.plain])
        points = tuple(
            Point(self._spent(run) / answer, self._mean(self._right(run)))
            for run in self.matched.small
        )
        own = [self.matched.difficulties[place] for place in self.places]
        return Group(
            number,
            len(own),
            min(own),
            max(own),
            answer,
            self._spent(self.matched.large),
            points,
            tuple(self._exchange(ratio, most, points, seed) for ratio, most in allowed.items()),
        )

    def _exchange(
        self, ratio: float, allowed: float, points: Sequence[Point], seed: int
    ) -> Exchange:
        compute = [point.compute for point in points]
        counted = weights(compute, allowed)
        runs = [self._right(run) for run in self.matched.small]
        small = [
            sum(w * right for w, right in zip(counted, each, strict=True))
            for each in zip(*runs, strict=True)
        ]
        large = self._right(self.matched.large)
        gains = [ours - theirs for ours, theirs in zip(small, large, strict=True)]
        difference = mean(gains, seed)
        return Exchange(
            ratio,
            allowed,
            min(allowed, max(compute)),
            self._mean(small),
            self._mean(large),
            difference,
            winner_of(difference, gains),
        )

    def _right(self, run: Answers) -> list[bool]:
        return [run.right[place] for place in self.places]

    def _spent(self, run: Answers) -> float:
        return self._mean([run.spent[place] for place in self.places])

    @staticmethod
    def _mean(values: Sequence[float]) -> float:
        return sum(values) / len(values)


def winner_of(difference: Estimate, gains: Sequence[float]) -> Winner:
    """Return who wins by small - large and the (Q,) questions' own gains, of which it is the mean.

    It is `neither` where the difference may be 0, or fewer than 6 questions differ.
    """
    differ = sum(abs(gain) > _ROUNDING for gain in gains)
    if differ < _FEWEST or difference.low <= 0 <= difference.high:
        return "neither"
    return "test-time" if difference.low > 0 else "pre-training"


def _run(answers: Answers) -> dict[str, JsonValue]:
    return {"file": str(answers.path), "setup": answers.setup.plain()}
