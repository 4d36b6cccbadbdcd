"""A small model that searches against a larger one that answers once, at the same compute.

Source: Snell et al. 2024, arXiv:2408.03314, section 7 and figure 9. The larger model answers
greedily; the small one draws as many samples as the exchange allows, and they vote.
Differs from the paper: what N samples are worth is the mean over drawings of N out of M.

Knows answers and numbers, no models.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import floor
from typing import Literal, TypeAlias

from pydantic import JsonValue

from evaluation.exchange import (
    RATIOS,
    allowance,
    inference_flops,
    parameters_ratio,
    pretraining_flops,
)
from evaluation.lab.picking import majority_of, weighted_of
from evaluation.matched.comparison import Winner, binned, winner_of
from evaluation.statistics import Estimate, mean

BINS = 5
Arm: TypeAlias = Literal["weighted", "majority"]
Difficulty: TypeAlias = Literal["oracle", "predicted"]
"""By the share of right samples, or by the verifier's mean score."""

ARMS: tuple[Arm, ...] = ("weighted", "majority")
DIFFICULTIES: tuple[Difficulty, ...] = ("oracle", "predicted")


@dataclass(frozen=True, slots=True)
class Parameters:
    """How many parameters each model has."""

    small: int
    large: int
    verifier: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A problem: (M,) samples of the small model, and the larger one's answer.

    Attributes:
        question: how it reads.
        truth: the right answer.
        prompt: its tokens.
        answers: (M,), `None` where a sample came to none.
        scores: (M,) the verifier's, in [0, 1].
        tokens: drawn in all of the M samples.
        large_right: whether the larger model's answer is right.
        large_tokens: drawn for it.
    """

    question: str
    truth: str
    prompt: int
    answers: tuple[str | None, ...]
    scores: tuple[float, ...]
    tokens: int
    large_right: bool
    large_tokens: int

    @property
    def pass_at_1(self) -> float:
        """The share of right samples."""
        return self.answers.count(self.truth) / len(self.answers)

    @property
    def mean_score(self) -> float:
        """How right the verifier finds the samples."""
        return sum(self.scores) / len(self.scores)

    @property
    def drawn(self) -> float:
        """The mean tokens of a sample."""
        return self.tokens / len(self.answers)

    def chance(self, arm: Arm, n: int, seed: int) -> float:
        """Return P(the vote of n of the samples is right)."""
        place = f"{seed}/{self.question}/{n}"
        if arm == "majority":
            return majority_of(self.answers, self.truth, n, place)
        return weighted_of(self.answers, self.scores, self.truth, n, place)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a ratio allows the small model, and what it takes. FLOPs are the mean of a problem.

    Attributes:
        ratio: R.
        allowed: by how much it may scale its inference, M + 3 (M - 1) / R.
        n: samples: that number rounded down, at most those of the pool.
        capped: whether the pool has fewer than are allowed.
        spent_flops: by the samples' own tokens.
        matched_flops: what the larger model takes more for being trained, and takes to answer, by
            its own tokens, where D_inference is the tokens of a sample of the small one.
        verifier_flops: by the verifier to read the samples. As in the paper nothing pays for it.
    """

    ratio: float
    allowed: float
    n: int
    capped: bool
    spent_flops: float
    matched_flops: float
    verifier_flops: float


@dataclass(frozen=True, slots=True)
class Duel:
    """What a vote of N is worth in a bin: the share solved, and small - large by problem."""

    arm: Arm
    ratio: float
    small: float
    difference: Estimate
    winner: Winner


@dataclass(frozen=True, slots=True)
class Bin:
    """Problems of like difficulty, 1 the easiest, or all of them: `None`.

    Attributes:
        by: what difficulty is.
        bin: its number.
        problems: how many there are.
        pass_at_1: the small model's, of one sample.
        large: the share that the larger model solves.
        duels: by arm and ratio.
    """

    by: Difficulty
    bin: int | None
    problems: int
    pass_at_1: float
    large: float
    duels: tuple[Duel, ...]


@dataclass(frozen=True, slots=True)
class Trade:
    """The outcome.

    Attributes:
        problems: how many.
        samples: of each, M.
        seed: of the samples, the drawings and the intervals.
        parameters: of the models.
        parameters_ratio: M of the paper.
        tokens: the mean of an answer, by model.
        terms: of each ratio.
        bins: by both difficulties, the easiest first, all problems last.
    """

    problems: int
    samples: int
    seed: int
    parameters: Parameters
    parameters_ratio: float
    tokens: Mapping[str, float]
    terms: tuple[Terms, ...]
    bins: tuple[Bin, ...]

    @property
    def plain(self) -> dict[str, JsonValue]:
        """As JSON; `figures` are the differences small - large by bin, ratio and vote."""
        figures: dict[str, JsonValue] = {
            f"{one.by}_{one.bin or 'all'}_r_{duel.ratio:g}_{duel.arm}": asdict(duel.difference)
            for one in self.bins
            for duel in one.duels
        }
        return {"figures": figures, **asdict(self)}


def traded(
    entries: Sequence[Entry],
    parameters: Parameters,
    seed: int,
    ratios: Sequence[float] = RATIOS,
) -> Trade:
    """Compare both models on (Q,) problems, of which each has as many samples.

    Raises:
        NotAQuantity: the larger model is the smaller one, or a ratio makes no sense.
    """
    m = parameters_ratio(parameters.small, parameters.large)
    terms = tuple(_terms(entries, parameters, allowance(m, ratio), ratio) for ratio in ratios)
    chances = {
        (arm, one.ratio): [entry.chance(arm, one.n, seed) for entry in entries]
        for one in terms
        for arm in ARMS
    }
    return Trade(
        problems=len(entries),
        samples=len(entries[0].answers),
        seed=seed,
        parameters=parameters,
        parameters_ratio=m,
        tokens={
            "small": _mean([entry.drawn for entry in entries]),
            "large": _mean([entry.large_tokens for entry in entries]),
        },
        terms=terms,
        bins=tuple(_bins(entries, chances, seed)),
    )


def _terms(entries: Sequence[Entry], parameters: Parameters, allowed: float, ratio: float) -> Terms:
    pool = len(entries[0].answers)
    n = min(floor(allowed), pool)
    drawn = _mean([entry.drawn for entry in entries])
    read = _mean([entry.prompt + entry.drawn for entry in entries])
    answer = _mean([entry.large_tokens for entry in entries])
    more = parameters.large - parameters.small
    trained = pretraining_flops(more, drawn / ratio) if more else 0.0
    return Terms(
        ratio=ratio,
        allowed=allowed,
        n=n,
        capped=floor(allowed) > pool,
        spent_flops=inference_flops(parameters.small, n * drawn),
        matched_flops=trained + inference_flops(parameters.large, answer),
        verifier_flops=inference_flops(parameters.verifier, n * read),
    )


def _bins(
    entries: Sequence[Entry], chances: Mapping[tuple[Arm, float], Sequence[float]], seed: int
) -> Iterator[Bin]:
    eases: Mapping[Difficulty, list[float]] = {
        "oracle": [entry.pass_at_1 for entry in entries],
        "predicted": [entry.mean_score for entry in entries],
    }
    for by in DIFFICULTIES:
        for number, places in binned([1 - ease for ease in eases[by]], BINS):
            own = [entries[place] for place in places]
            duels = (
                _duel(arm, ratio, [worth[place] for place in places], own, seed)
                for (arm, ratio), worth in chances.items()
            )
            large = _mean([entry.large_right for entry in own])
            alone = _mean([entry.pass_at_1 for entry in own])
            yield Bin(by, number, len(own), alone, large, tuple(duels))


def _duel(
    arm: Arm, ratio: float, worth: Sequence[float], entries: Sequence[Entry], seed: int
) -> Duel:
    gains = [ours - entry.large_right for ours, entry in zip(worth, entries, strict=True)]
    difference = mean(gains, seed)
    return Duel(arm, ratio, _mean(worth), difference, winner_of(difference, gains))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
