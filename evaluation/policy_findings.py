"""What was found when a policy was fitted, as the report has it: numbers, put in order.

Knows no files and no pictures. Accuracies of strategies in a bin are of all its questions, those
the policy was chosen by included; auto's curve and what it gains are cross-validated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import log2

import numpy as np

from evaluation.compute import Point
from evaluation.outcomes import Outcomes
from evaluation.policy_fit import About, Fitted, crossed
from evaluation.policy_pauses import Pausing, pausing
from evaluation.policy_words import at_equal_compute, behind, family, of_compute
from evaluation.resampling import Floats, Resampled
from search.difficulty import Estimator
from search.policy import FittedOn, Interval, Option, Policy


@dataclass(frozen=True, slots=True)
class Spent:
    """What a policy comes to that may spend `budget` tokens on each question."""

    budget: int
    tokens: float
    accuracy: Interval


@dataclass(frozen=True, slots=True)
class Compared:
    """One of the baseline, and what auto comes to for its mean tokens.

    `gain` is auto's accuracy less the baseline's on the same questions. Both are `None` where
    auto cannot take so few tokens.
    """

    option: Option
    auto: Interval | None
    gain: Interval | None


@dataclass(frozen=True, slots=True)
class Family:
    """Strategies that differ in n only, by rising tokens, behind the same number of pauses."""

    name: str
    options: tuple[Option, ...]
    pauses: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """What the policy chooses in a bin for a budget, and why.

    `best` is the most accurate strategy that the budget pays, and `gain` what it is more accurate
    by than what is chosen for less; both are `None` where the budget pays for none.
    """

    budget: int
    chosen: Option
    best: Option | None
    gain: Interval | None
    runners_up: tuple[Option, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Bin:
    """A bin: eases from `low` up to below `high`; `None` is no bound."""

    number: int
    questions: int
    low: float | None
    high: float | None
    families: tuple[Family, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """All of the report. `ratio` is that of `Fitted`, `oracle` the curve of the oracle's bins.

    `pausing` is what pauses are worth, if they were measured.
    """

    model: str
    estimator: Estimator
    edges: tuple[float, ...]
    fitted_on: FittedOn
    compute: str
    equal_compute: str
    ratio: Interval | None
    auto: tuple[Spent, ...]
    oracle: tuple[Spent, ...] | None
    baseline: tuple[Compared, ...]
    bins: tuple[Bin, ...]
    pausing: tuple[Pausing, ...] = ()


def findings(outcomes: Outcomes, fitted: Fitted, about: About) -> Findings:
    """Put in order what `fit(outcomes, about)` found."""
    policy, baseline = fitted.policy, _baseline(outcomes, fitted, about)
    last = baseline[-1]
    target = last.option.strategy
    return Findings(
        about.model,
        policy.estimator,
        policy.edges,
        policy.fitted_on,
        of_compute(target, last.option.accuracy, fitted.ratio, fitted.curve),
        at_equal_compute(target, last.option.tokens, last.auto, last.gain),
        fitted.ratio,
        _spent(outcomes, fitted.curve),
        None if fitted.oracle is None else _spent(outcomes, fitted.oracle),
        baseline,
        _bins(outcomes, policy, about.seed),
        pausing(outcomes, policy, about.seed),
    )


def shares(curve: Sequence[Point], tokens: float) -> Floats | None:
    """Return how much each of (B,) points has in what so many tokens come to; they sum to 1.

    As in `evaluation.compute.tokens_for`, points are joined by straight lines over the logarithm
    of the tokens, and a cheaper one that is no less accurate stands for a dearer one. `None` if the
    tokens pay for no point.
    """

    def better(one: int, other: int) -> int:
        return max(one, other, key=lambda place: curve[place].accuracy.value)

    order = sorted(range(len(curve)), key=lambda place: curve[place].tokens)
    best = list(accumulate(order, better))
    paid = sum(point.tokens <= tokens for point in curve)
    if not paid:
        return None
    found = np.zeros(len(curve))
    found[best[paid - 1]] = 1.0
    if paid < len(order):
        low, high = curve[order[paid - 1]].tokens, curve[order[paid]].tokens
        share = log2(tokens / low) / log2(high / low)
        found *= 1 - share
        found[best[paid]] += share
    return found


def _spent(outcomes: Outcomes, curve: Sequence[Point]) -> tuple[Spent, ...]:
    return tuple(
        Spent(budget, point.tokens, point.accuracy)
        for budget, point in zip(outcomes.budgets, curve, strict=True)
    )


def _baseline(outcomes: Outcomes, fitted: Fitted, about: About) -> tuple[Compared, ...]:
    drawn = Resampled(len(outcomes.questions), about.seed)
    ours, _ = crossed(outcomes, about.bins, about.seed)
    found: list[Compared] = []
    for place, point in zip(outcomes.baseline, fitted.baseline, strict=True):
        strategy = outcomes.strategies[place]
        option = Option(
            strategy=strategy,
            accuracy=point.accuracy,
            tokens=point.tokens,
            pauses=outcomes.paused[place],
        )
        parts = shares(fitted.curve, point.tokens)
        if parts is None:
            found.append(Compared(option, None, None))
            continue
        auto = ours @ parts
        gain = auto - outcomes.accuracy[:, place]
        found.append(Compared(option, drawn.mean(auto), drawn.mean(gain)))
    return tuple(found)


def _bins(outcomes: Outcomes, policy: Policy, seed: int) -> tuple[Bin, ...]:
    numbers = np.array([policy.bin_of(ease) for ease in outcomes.ease.tolist()])
    # Bin 1 is the easiest, and so the one above the last edge.
    bounds = [None, *policy.edges, None][::-1]
    found: list[Bin] = []
    for number in sorted(policy.bins):
        places = np.flatnonzero(numbers == number).tolist()
        families = _families(outcomes, places, seed)
        cells = tuple(_cell(policy, number, budget) for budget in outcomes.budgets)
        low, high = bounds[number], bounds[number - 1]
        found.append(Bin(number, len(places), low, high, families, cells))
    return tuple(found)


def _families(outcomes: Outcomes, places: Sequence[int], seed: int) -> tuple[Family, ...]:
    drawn = Resampled(len(places), seed)
    named: dict[tuple[str, int], list[Option]] = {}
    for s, strategy in enumerate(outcomes.strategies):
        option = Option(
            strategy=strategy,
            accuracy=drawn.mean(outcomes.accuracy[places, s]),
            tokens=float(outcomes.tokens[places, s].mean()),
            pauses=outcomes.paused[s],
        )
        named.setdefault((family(strategy), option.pauses), []).append(option)
    return tuple(
        Family(name + behind(m), tuple(sorted(options, key=lambda option: option.tokens)), m)
        for (name, m), options in named.items()
    )


def _cell(policy: Policy, number: int, budget: int) -> Cell:
    choice = policy.choose(number, budget)
    chosen = Option.model_validate(
        {
            "strategy": choice.strategy,
            "accuracy": choice.accuracy,
            "tokens": choice.tokens,
            "pauses": choice.pauses,
        }
    )
    fitting = [entry for entry in policy.bins[number].entries if entry.budget <= budget]
    best, gain = (fitting[-1].best, fitting[-1].gain) if fitting else (None, None)
    return Cell(budget, chosen, best, gain, choice.runners_up, choice.reason)
