"""A policy fitted to measured outcomes, and what it is worth on questions it has not seen.

Source: Snell et al. 2024, arXiv:2408.03314, section 3.2: in each difficulty bin the strategy is
chosen on one half of the questions and measured on the other, both ways round.
Differs from the paper: cost is tokens, the probe's included, and not samples; a strategy that
costs more is only chosen where it gains more than noise, as in `search.policy`.

Knows numbers by question and strategy; who measured them is not its affair. Needs the `evaluate`
extra.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from evaluation.calibration import folds_of
from evaluation.compute import Point, compute_ratio, curve
from evaluation.outcomes import FEWEST, CannotFit, Outcomes
from evaluation.resampling import Floats, Resampled
from search.difficulty import Estimator, bin_of, filled_edges, quantile_edges
from search.policy import (
    Entry,
    FittedOn,
    Interval,
    Knot,
    Measured,
    Option,
    Policy,
    Regressor,
    Row,
)
from search.policy.choice import gains

_RUNNERS_UP = 3


@dataclass(frozen=True, slots=True)
class About:
    """What outcomes do not say of themselves; for the policy's file.

    `regressor` is for the estimator `prompt`, and `samples` is 0 with it. The last three are as in
    `Policy`.
    """

    model: str
    estimator: Estimator
    samples: int
    command: str
    date: date
    seed: int = 0
    bins: int = 5
    regressor: Regressor | None = None
    confidence: tuple[Knot, ...] = ()
    scorer: str | None = None
    pauses: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Fitted:
    """A policy fitted to all questions, and curves of accuracy over tokens.

    The policy's and the oracle's are cross-validated: a question's strategy was chosen on others.
    `ratio` is how many times fewer tokens the policy takes for the accuracy of the last of the
    baseline, `None` if it does not reach it.
    """

    policy: Policy
    curve: tuple[Point, ...]
    baseline: tuple[Point, ...]
    oracle: tuple[Point, ...] | None
    ratio: Interval | None


def fit(outcomes: Outcomes, about: About) -> Fitted:
    """Fit a policy, and cross-validate it.

    Raises:
        NotMeasurable: there are no bins.
        CannotFit: the budgets pay for nothing.
    """
    drawn = Resampled(len(outcomes.questions), about.seed)
    ours, spent = crossed(outcomes, about.bins, about.seed)
    theirs, cost = (a[:, list(outcomes.baseline)] for a in (outcomes.accuracy, outcomes.tokens))
    return Fitted(
        _policy(outcomes, about),
        curve(ours, spent, drawn),
        curve(theirs, cost, drawn),
        _oracle(outcomes, about, drawn),
        compute_ratio((ours, spent), (theirs[:, -1], cost[:, -1]), drawn),
    )


def crossed(outcomes: Outcomes, bins: int, seed: int) -> tuple[Floats, Floats]:
    """Return accuracy and tokens, each (Q, B), of what the other half of each bin chooses.

    The probe's tokens are among them.
    """
    spent = outcomes.tokens + outcomes.probe_tokens
    shape = (len(outcomes.questions), len(outcomes.budgets))
    accuracy, tokens = np.zeros(shape), np.zeros(shape)
    for places in _binned(outcomes, _edges(outcomes, bins)):
        halves = _halves(outcomes, places, seed)
        for seen, held_out in (halves, halves[::-1]):
            for b, (chosen, _, _) in enumerate(choose(outcomes, seen, seed)):
                accuracy[held_out, b] = outcomes.accuracy[held_out, chosen]
                tokens[held_out, b] = spent[held_out, chosen]
    return accuracy, tokens


def choose(
    outcomes: Outcomes, places: Sequence[int], seed: int
) -> list[tuple[int, int | None, Interval]]:
    """Choose for each budget by these questions alone.

    Returns:
        Of each budget the strategy chosen, the most accurate one it pays, and that one's gain.
    """
    drawn, taken = Resampled(len(places), seed), outcomes.plain
    accuracy, tokens = outcomes.accuracy[places], outcomes.tokens[places].mean(axis=0)
    found: list[tuple[int, int | None, Interval]] = []
    for budget in outcomes.budgets:
        best = _best(outcomes, accuracy, tokens, budget, drawn)
        gain = drawn.mean(accuracy[:, taken if best is None else best] - accuracy[:, taken])
        taken = best if best is not None and gains(gain) else taken
        found.append((taken, best, gain))
    return found


def _best(
    outcomes: Outcomes, accuracy: Floats, tokens: Floats, budget: float, drawn: Resampled
) -> int | None:
    """Return the most accurate strategy that a budget pays, with the fewest pauses that will do.

    Pauses take no tokens, and so would be had for nothing: more of them are only taken where they
    gain more than noise over the best with fewer.
    """
    right, held = accuracy.mean(axis=0), None
    for m in sorted(set(outcomes.paused)):
        paid = [s for s, has in enumerate(outcomes.paused) if has == m and tokens[s] <= budget]
        best = max(paid, key=lambda place: (right[place], -tokens[place]), default=None)
        if best is None:
            continue
        if held is None or gains(drawn.mean(accuracy[:, best] - accuracy[:, held])):
            held = best
    return held


def _edges(outcomes: Outcomes, bins: int) -> tuple[float, ...]:
    eases = outcomes.ease.tolist()
    return filled_edges(quantile_edges(eases, bins), eases, FEWEST)


def _binned(outcomes: Outcomes, edges: Sequence[float]) -> list[list[int]]:
    bins: list[list[int]] = [[] for _ in range(len(edges) + 1)]
    for place, ease in enumerate(outcomes.ease.tolist()):
        bins[bin_of(ease, edges) - 1].append(place)
    return bins


def _halves(outcomes: Outcomes, places: Sequence[int], seed: int) -> tuple[list[int], list[int]]:
    first, _ = folds_of([outcomes.questions[place] for place in places], 2, seed)
    inside = [place for place in places if outcomes.questions[place] in first]
    return inside, [place for place in places if outcomes.questions[place] not in first]


def _oracle(outcomes: Outcomes, about: About, drawn: Resampled) -> tuple[Point, ...] | None:
    if outcomes.oracle_ease is None:
        return None
    free = np.zeros_like(outcomes.probe_tokens)
    known = replace(outcomes, ease=outcomes.oracle_ease, probe_tokens=free)
    return curve(*crossed(known, about.bins, about.seed), drawn)


def _policy(outcomes: Outcomes, about: About) -> Policy:
    edges = _edges(outcomes, about.bins)
    rows = [_row(outcomes, places, about.seed) for places in _binned(outcomes, edges)]
    origin = FittedOn(
        data=outcomes.data,
        questions=len(outcomes.questions),
        samples=about.samples,
        seed=about.seed,
        command=about.command,
        date=about.date,
    )
    return Policy(
        version=2 if about.pauses else 1,
        model=about.model,
        estimator=about.estimator,
        edges=edges,
        regressor=about.regressor,
        fitted_on=origin,
        bins=dict(enumerate(rows, 1)),
        confidence=about.confidence,
        scorer=about.scorer,
        pauses=about.pauses,
    )


def _row(outcomes: Outcomes, places: Sequence[int], seed: int) -> Row:
    drawn = Resampled(len(places), seed)
    # The same sums as in `choose`, to the last digit: what it pays for is within the budget.
    tokens = outcomes.tokens[places].mean(axis=0).tolist()
    measured = [
        Option(
            strategy=strategy,
            accuracy=drawn.mean(outcomes.accuracy[places, s]),
            tokens=tokens[s],
            pauses=outcomes.paused[s],
        )
        for s, strategy in enumerate(outcomes.strategies)
    ]
    plain = measured[outcomes.plain]
    entries = [
        Entry(
            budget=budget,
            best=measured[best],
            gain=gain,
            runners_up=runners_up(measured, best, budget),
        )
        for budget, (_, best, gain) in zip(
            outcomes.budgets, choose(outcomes, places, seed), strict=True
        )
        if best is not None
    ]
    if not entries:
        raise CannotFit(f"no strategy can be paid by {outcomes.budgets[-1]} tokens")
    return Row(plain=Measured(accuracy=plain.accuracy, tokens=plain.tokens), entries=tuple(entries))


def runners_up(measured: Sequence[Option], best: int, budget: int) -> tuple[Option, ...]:
    """Return the best of each other kind that the budget pays, best first.

    Before them stands the best with the fewest pauses, where more are chosen: for requests that
    want none.
    """
    paid = [option for option in measured if option.tokens <= budget]
    paid.sort(key=lambda option: (-option.accuracy.value, option.tokens, option.pauses))
    kinds: dict[str, Option] = {}
    for option in paid:
        kinds.setdefault(option.strategy.kind, option)
    kinds.pop(measured[best].strategy.kind)
    least = measured[0].pauses
    bare = [option for option in paid if option.pauses == least]
    first = bare[:1] if measured[best].pauses != least else []
    others = [option for option in kinds.values() if option not in first]
    return (*first, *others)[:_RUNNERS_UP]
