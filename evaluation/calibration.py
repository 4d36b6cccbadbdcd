"""Curves that make chances of scores, fitted to labels, and how much they help.

Needs the `evaluate` extra. Applying a curve does not: that is `scorers.calibration`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from evaluation.statistics import Estimate
from evaluation.verification import (
    Questions,
    Rated,
    auc,
    brier,
    calibration_error,
    estimate,
    log_loss,
    value,
    within_question_auc,
)
from scorers.calibration import CalibrationError, Curve, Isotonic, Platt, logit

Method: TypeAlias = Literal["platt", "isotonic"]

FEWEST = 20
"""Numbers with labels that a curve may be fitted to; that few make a poor one."""
_LEVEL = 1e-6
_CHANCE = 0.5


@dataclass(frozen=True, slots=True)
class Quality:
    """How good scores are, each figure with its interval; see `evaluation.verification`."""

    calibration_error: Estimate | None
    brier: Estimate | None
    log_loss: Estimate | None
    auc: Estimate | None
    within_question_auc: Estimate | None


@dataclass(frozen=True, slots=True)
class Fitted:
    """A curve, and the same numbers without it and with it.

    Each of `after` is by a curve fitted to other questions than its own: `curve` itself is fitted
    to all, and is a little better. Order across folds suffers, as their curves differ.
    """

    curve: Curve
    before: Questions
    after: Questions


class _Chances(Protocol):
    def chance(self, score: float) -> float: ...


@dataclass(frozen=True, slots=True)
class _Level:
    """What a rising curve comes to where higher scores are not more often right."""

    rate: float

    def chance(self, _: float) -> float:
        return self.rate


def check_targets(questions: Mapping[str, Sequence[float]], folds: int) -> None:
    """Return if a curve can be fitted to so many labels, and tried on `folds` parts.

    Raises:
        CalibrationError: they are too few, of too few questions, or all right or all wrong.
    """
    n, right = sum(map(len, questions.values())), sum(map(sum, questions.values()))
    if n < FEWEST:
        raise CalibrationError(f"{n} labels are too few to fit a curve to; {FEWEST} are the least")
    if len(questions) < folds:
        raise CalibrationError(
            f"{len(questions)} questions cannot be put into {folds} folds; none is split"
        )
    if right in (0, n):
        raise CalibrationError(
            f"all {n} labels are {'right' if right else 'wrong'}; a curve needs both kinds"
        )


def fit(questions: Questions, method: Method) -> Curve:
    """Fit a curve to all that was rated.

    Raises:
        CalibrationError: higher scores are not more often right.
    """
    rated = [r for question in questions for r in question]
    fitted = _fitted(rated, method)
    if isinstance(fitted, _Level) or (value(auc, [rated]) or 0) <= _CHANCE:
        raise CalibrationError(
            "higher scores are not more often right: the curve that fits does not rise"
        )
    return fitted


def calibrate(
    questions: Mapping[str, Sequence[Rated]], method: Method, *, folds: int = 5, seed: int = 0
) -> Fitted:
    """Fit a curve, and cross-validate it by question: what a fold holds, its curve has not seen.

    Raises:
        CalibrationError: see `check_targets` and `fit`.
    """
    check_targets({q: [r.target for r in rated] for q, rated in questions.items()}, folds)
    curve = fit(list(questions.values()), method)
    after: dict[str, list[Rated]] = {}
    for fold in folds_of(list(questions), folds, seed):
        others = [r for name, rated in questions.items() if name not in fold for r in rated]
        chance = _fitted(others, method).chance
        after |= {name: [Rated(chance(r.score), r.target) for r in questions[name]]
                  for name in fold}  # fmt: skip
    return Fitted(curve, list(questions.values()), [after[name] for name in questions])


def quality(questions: Questions, seed: int = 0) -> Quality:
    """Measure scores; the seed draws the questions for the intervals."""
    return Quality(
        estimate(calibration_error, questions, seed),
        estimate(brier, questions, seed),
        estimate(log_loss, questions, seed),
        estimate(auc, questions, seed),
        estimate(within_question_auc, questions, seed),
    )


def folds_of(names: Sequence[str], folds: int, seed: int) -> list[set[str]]:
    """Deal questions out in the order of SHA-256 of seed and text: the same on every machine."""
    dealt = sorted(names, key=lambda name: hashlib.sha256(f"{seed}/{name}".encode()).digest())
    return [set(dealt[i::folds]) for i in range(folds)]


def _fitted(rated: Sequence[Rated], method: Method) -> Curve | _Level:
    scores, targets = [r.score for r in rated], [r.target for r in rated]
    level = _Level(sum(targets) / len(targets))
    if min(scores) == max(scores):
        return level
    fitted = _platt(scores, targets) if method == "platt" else _isotonic(scores, targets)
    return fitted or level


def _platt(scores: Sequence[float], targets: Sequence[float]) -> Platt | None:
    """Fit by maximum likelihood; `None` if the slope is not above 0.

    Source: Platt 1999, section 2.2: right is (r + 1) / (r + 2) and wrong 1 / (w + 2), of r right
    and w wrong ones, so that the slope is finite even where scores part the two.
    """
    right, n = sum(targets), len(targets)
    high, low = (right + 1) / (right + 2), 1 / (n - right + 2)
    told = low + (high - low) * np.array(targets)
    logits = np.array([logit(score) for score in scores])
    middle, spread = logits.mean(), logits.std()
    if spread <= _LEVEL:
        return None
    scaled = ((logits - middle) / spread).reshape(-1, 1)
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-9, max_iter=1000)
    # A soft target is both kinds at once, each with its share.
    model.fit(
        np.concatenate([scaled, scaled]),
        np.repeat([1, 0], n),
        sample_weight=np.concatenate([told, 1 - told]),
    )
    slope = float(model.coef_[0, 0] / spread)
    intercept = float(model.intercept_[0] - slope * middle)
    return Platt(slope=slope, intercept=intercept) if slope > _LEVEL else None


def _isotonic(scores: Sequence[float], targets: Sequence[float]) -> Isotonic | None:
    """Fit by least squares; `None` if it does not rise."""
    model = IsotonicRegression(y_min=0, y_max=1, increasing=True, out_of_bounds="clip")
    model.fit(scores, targets)
    knots = zip(model.X_thresholds_.tolist(), model.y_thresholds_.tolist(), strict=True)
    rising = tuple(knots)
    return Isotonic(knots=rising) if rising[-1][1] - rising[0][1] > _LEVEL else None
