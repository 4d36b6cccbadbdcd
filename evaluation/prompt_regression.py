"""Ease learned from questions alone: a regressor for the estimator `prompt`, and how well it tells.

Logistic regression to fractions, such as pass@1 of samples: Papke and Wooldridge 1996,
"Econometric methods for fractional response variables", J. Applied Econometrics 11, p. 619, with a
penalty on the squares of the weights.

What a question is measured by is never learned from it: its ease comes from a regressor fitted to
other folds, whose penalty was chosen within those. Knows texts and numbers; who measured them is
not its affair. Needs the `evaluate` extra. Reading an ease does not: that is
`search.policy.regressor`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from evaluation.calibration import folds_of
from evaluation.outcomes import CannotFit
from evaluation.resampling import Floats
from evaluation.statistics import Estimate
from search.policy import Regressor, Term
from search.prompt_features import features
from training.measures import bootstrap

FOLDS = 5
"""Of different texts, for what is held out, and again within the others for the penalty."""
FEWEST = 2 * FOLDS
"""Different texts, at least; that few make a poor regressor."""
PENALTIES = (1.0, 10.0, 100.0, 1_000.0, 10_000.0)
"""Of half the squares of the weights, beside the sum of log losses over questions."""
_DIGITS = 6
_LEAST_SPREAD = 1e-4
_LEAST_CHANCE = 1e-12

_Places: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Learned:
    """A regressor fitted to all questions, and what it is worth on those it has not seen.

    Attributes:
        regressor: for the policy.
        eases: (Q,) each by a regressor of other folds; for `Outcomes.ease`.
        penalty: the regressor's, of `PENALTIES`.
        rank_correlation: Spearman's, of `eases` with those that were measured, and its interval
            over questions. Each fold has a mean of its own, so that it may come out below 0 where
            there is nothing to learn.
    """

    regressor: Regressor
    eases: Floats
    penalty: float
    rank_correlation: Estimate


@dataclass(frozen=True, slots=True)
class _Asked:
    """Questions (Q,): their texts, features (Q, F), and the eases that were measured."""

    texts: Sequence[str]
    table: Floats
    eases: Floats

    def part(self, places: _Places) -> "_Asked":
        texts = [text for text, inside in zip(self.texts, places, strict=True) if inside]
        return _Asked(texts, self.table[places], self.eases[places])

    def folds(self, seed: int) -> list[_Places]:
        """Return the places of each fold; equal texts are in one fold."""
        dealt = folds_of(sorted(set(self.texts)), FOLDS, seed)
        return [np.array([text in fold for text in self.texts]) for fold in dealt]


@dataclass(frozen=True, slots=True)
class _Line:
    mean: Floats
    scale: Floats
    weights: Floats
    bias: float

    def ease(self, table: Floats) -> Floats:
        logits = (table - self.mean) / self.scale @ self.weights + self.bias
        eases: Floats = 0.5 + 0.5 * np.tanh(logits / 2)
        return eases


def fit_regressor(texts: Sequence[str], eases: Sequence[float] | Floats, seed: int) -> Learned:
    """Fit a regressor to (Q,) questions and the eases that were measured, and cross-validate it.

    Raises:
        CannotFit: they are too few, make no sense, or are too alike to learn from.
    """
    asked = _asked(texts, np.asarray(eases, dtype=np.float64))
    predicted = _held_out(asked, lambda part: _line(part, _penalty(part, seed)), seed)
    penalty = _penalty(asked, seed)
    return Learned(
        _regressor(asked, _line(asked, penalty)),
        predicted,
        penalty,
        _estimate(predicted, asked.eases, seed),
    )


def rank_correlation(one: Floats, other: Floats) -> float:
    """Return Spearman's correlation of (N,) numbers, with mean ranks of ties; 0 if all are alike.

    Source: Spearman 1904, "The proof and measurement of association between two things".
    """
    ranks = _ranks(one), _ranks(other)
    if any(rank.min() == rank.max() for rank in ranks):
        return 0.0
    return float(np.corrcoef(*ranks)[0, 1])


def _asked(texts: Sequence[str], eases: Floats) -> _Asked:
    if eases.shape != (len(texts),):
        raise CannotFit(f"there are {len(texts)} questions, but eases of shape {eases.shape}")
    if not ((eases >= 0) & (eases <= 1)).all():
        raise CannotFit("an ease is not in [0, 1]")
    different = len(set(texts))
    if different < FEWEST:
        raise CannotFit(
            f"{FEWEST} different questions are the least to learn from, not {different}"
        )
    if eases.min() == eases.max():
        raise CannotFit(f"every question has an ease of {eases[0]:g}: there is nothing to learn")
    table = np.array([list(features(text).values()) for text in texts])
    if (table.std(axis=0) < _LEAST_SPREAD).all():
        raise CannotFit("the questions do not differ in any feature")
    return _Asked(texts, table, eases)


def _held_out(asked: _Asked, fitted: Callable[[_Asked], _Line], seed: int) -> Floats:
    """Return (Q,) eases, each by what is fitted to the other folds."""
    eases = np.zeros(len(asked.texts))
    for fold in asked.folds(seed):
        eases[fold] = fitted(asked.part(~fold)).ease(asked.table[fold])
    return eases


def _penalty(asked: _Asked, seed: int) -> float:
    """Return the penalty of least log loss on held-out folds, the greatest of equal ones."""

    def loss(penalty: float) -> float:
        eases = _held_out(asked, lambda part: _line(part, penalty), seed)
        right = np.clip(eases, _LEAST_CHANCE, 1 - _LEAST_CHANCE)
        losses = asked.eases * np.log(right) + (1 - asked.eases) * np.log(1 - right)
        return -float(losses.mean())

    return min(reversed(PENALTIES), key=loss)


def _line(asked: _Asked, penalty: float) -> _Line:
    """Fit to all of these; a feature in which they do not differ has the weight 0."""
    mean, spread = asked.table.mean(axis=0), asked.table.std(axis=0)
    alike = spread < _LEAST_SPREAD
    scale = np.where(alike, 1.0, spread)
    scaled = np.where(alike, 0.0, (asked.table - mean) / scale)
    n = len(asked.eases)
    # As if one more question were half right: where none or all are, the bias stays finite.
    told = (n * asked.eases + 0.5) / (n + 1)
    model = LogisticRegression(C=1 / penalty, solver="newton-cholesky", tol=1e-9, max_iter=1000)
    # A fraction is both kinds at once, each with its share.
    model.fit(
        np.concatenate([scaled, scaled]),
        np.repeat([1, 0], n),
        sample_weight=np.concatenate([told, 1 - told]),
    )
    return _Line(mean, scale, model.coef_[0], float(model.intercept_[0]))


def _regressor(asked: _Asked, line: _Line) -> Regressor:
    numbers = zip(line.mean.tolist(), line.scale.tolist(), line.weights.tolist(), strict=True)
    varies = asked.table.std(axis=0) >= _LEAST_SPREAD
    terms = {
        name: Term(
            mean=round(mean, _DIGITS), scale=round(scale, _DIGITS), weight=round(weight, _DIGITS)
        )
        for name, (mean, scale, weight), used in zip(
            features(""), numbers, varies.tolist(), strict=True
        )
        if used
    }
    return Regressor(bias=round(line.bias, _DIGITS), features=terms)


def _estimate(one: Floats, other: Floats, seed: int) -> Estimate:
    low, high = bootstrap(
        len(one), lambda drawn: rank_correlation(one[list(drawn)], other[list(drawn)]), seed
    )
    return Estimate(rank_correlation(one, other), low, high)


def _ranks(values: Floats) -> Floats:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Floats = (np.cumsum(counts) - (counts - 1) / 2)[places]
    return ranks
