"""A head from labelled solutions: its penalty chosen, its chances calibrated, its worth measured.

Every figure is of questions that neither the layers nor the curve behind it have seen. Needs the
`evaluate` extra.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.calibration import FEWEST, calibrate, folds_of
from evaluation.heads.fitting import PENALTIES, Kind, Recipe, fit, logits
from evaluation.heads.observing import Observed
from evaluation.verification import Rated, auc, log_loss, value, within_question_auc
from scorers.base import Aggregation, aggregate
from scorers.calibration import CalibrationError, Level
from scorers.calibration import Platt as Curve
from scorers.head import Layer, Platt
from scorers.readout import logistic

Rewards = Sequence[Sequence[float]]
"""(N,) solutions, of each the rewards at its (P,) places."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a head is made.

    Attributes:
        kind: see `Recipe`.
        level: whether its labels are of solutions or of steps.
        aggregation: how rewards become the score.
        folds: parts of the questions, each tried by a head of the others.
        seed: deals the folds, and begins what has to begin somewhere.
    """

    kind: Kind
    level: Level
    aggregation: Aggregation
    folds: int = 5
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Made:
    """Layers and calibration of a head, fitted to all, and what was found on the way.

    Attributes:
        layers: as in the head's file.
        calibration: likewise.
        penalty: the one of the layers.
        tried: by question, what is known of heads that have not seen it.
    """

    layers: tuple[Layer, ...]
    calibration: Platt
    penalty: float
    tried: Mapping[str, Sequence[Rated]]


def make(observed: Sequence[Observed], plan: Plan) -> Made:
    """Fit a head to (N,) solutions.

    The penalty is the one whose heads, cross-validated by question, choose best.

    Raises:
        CalibrationError: labels are too few, all alike, or cannot be told from the states.
    """
    check(observed, plan.folds)
    tries = {penalty: _cross_validated(observed, plan, penalty) for penalty in PENALTIES[plan.kind]}
    penalty = max(tries, key=lambda one: _worth(observed, tries[one]))
    curve, rewards = _calibrated(observed, tries[penalty], plan)
    layers = fit(observed, Recipe(plan.kind, penalty, plan.seed))
    return Made(
        layers,
        Platt(scale=curve.slope, shift=curve.intercept),
        penalty,
        rated(observed, rewards, plan),
    )


def check(observed: Sequence[Observed], folds: int) -> None:
    """Return if a head can be fitted to these.

    Raises:
        CalibrationError: it cannot.
    """
    questions = {one.example.question for one in observed}
    told = [t for one in observed for t in one.targets if t is not None]
    if len(observed) < FEWEST or len(questions) < folds:
        raise CalibrationError(
            f"{len(observed)} solutions of {len(questions)} questions are too few to fit a head "
            f"to; {FEWEST} of {folds} are the least"
        )
    if sum(told) in (0, len(told)):
        raise CalibrationError(f"all {len(told)} labels are alike; a head needs both kinds")


def rewards_of(
    layers: Sequence[Layer], calibration: Platt, observed: Sequence[Observed]
) -> Rewards:
    """Return what a head gives (N,) solutions at their places."""
    return [
        [logistic(calibration.scale * x + calibration.shift) for x in logits(layers, _array(one))]
        for one in observed
    ]


def rated(observed: Sequence[Observed], rewards: Rewards, plan: Plan) -> dict[str, list[Rated]]:
    """Put rewards beside labels, by question: scores and outcomes, or the rewards of steps."""
    by_question: dict[str, list[Rated]] = {}
    for one, given in zip(observed, rewards, strict=True):
        pairs = zip(given, one.targets, strict=True)
        if plan.level == "solution":
            pairs = zip([aggregate(given, plan.aggregation)], one.targets[:1], strict=True)
        told = [Rated(number, target) for number, target in pairs if target is not None]
        by_question.setdefault(one.example.question, []).extend(told)
    return by_question


def _cross_validated(observed: Sequence[Observed], plan: Plan, penalty: float) -> Rewards:
    """Return rewards without calibration, each by layers that have not seen its question."""
    recipe, found = Recipe(plan.kind, penalty, plan.seed), dict[int, list[float]]()
    names = list(dict.fromkeys(one.example.question for one in observed))
    for fold in folds_of(names, plan.folds, plan.seed):
        layers = fit([one for one in observed if one.example.question not in fold], recipe)
        for place, one in enumerate(observed):
            if one.example.question in fold:
                found[place] = [logistic(x) for x in logits(layers, _array(one))]
    return [found[place] for place in range(len(observed))]


def _worth(observed: Sequence[Observed], rewards: Rewards) -> tuple[float, float]:
    """Say how well rewards choose, and between penalties that choose alike, how true they are."""
    questions = list(_places(observed, rewards).values())
    chosen = value(within_question_auc, questions)
    chooses = value(auc, questions) if chosen is None else chosen
    return chooses or 0.0, -(value(log_loss, questions) or 0.0)


def _calibrated(
    observed: Sequence[Observed], rewards: Rewards, plan: Plan
) -> tuple[Curve, Rewards]:
    """Fit the curve to rewards of unseen questions; return them by curves likewise unseen."""
    done = calibrate(_places(observed, rewards), "platt", folds=plan.folds, seed=plan.seed)
    assert isinstance(done.curve, Curve)
    names = _places(observed, rewards)
    after = {q: iter(given) for q, given in zip(names, done.after, strict=True)}
    return done.curve, [
        [next(after[one.example.question]).score if t is not None else r
         for r, t in zip(given, one.targets, strict=True)]
        for one, given in zip(observed, rewards, strict=True)
    ]  # fmt: skip


def _places(observed: Sequence[Observed], rewards: Rewards) -> dict[str, list[Rated]]:
    return rated(observed, rewards, Plan("linear", "step", "last"))


def _array(one: Observed) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array(one.states, float)
