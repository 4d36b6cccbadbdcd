"""The layers of a head, fitted to hidden states with labels by scikit-learn.

Needs the `evaluate` extra. Using a head does not: that is `scorers.head`.
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from evaluation.heads.observing import Observed
from scorers.head import Layer

Kind: TypeAlias = Literal["linear", "pairs", "mlp"]
Numbers: TypeAlias = NDArray[np.float64]

PENALTIES: Mapping[Kind, Sequence[float]] = {
    "linear": (1.0, 10.0, 100.0, 1_000.0),
    "pairs": (1.0, 10.0, 100.0, 1_000.0),
    "mlp": (0.1, 1.0, 10.0),
}
"""Of the squares of the weights: those that are tried. Greater ones silence a network."""
UNITS = 8
_HALF = 0.5
_DIGITS = 6
"""Of each number in the file: more say nothing, and take room."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How layers are fitted.

    `linear` is logistic regression. `pairs` is the same of the differences between a right and a
    wrong solution of one question (Bradley and Terry 1952): it learns to choose, and nothing of
    which questions are easy. `mlp` has a layer of `UNITS` in between.
    """

    kind: Kind
    penalty: float
    seed: int = 0


def fit(observed: Sequence[Observed], recipe: Recipe) -> tuple[Layer, ...]:
    """Fit layers to the places of (N,) solutions that have labels; a solution's share one vote."""
    states, targets, weights = _table(observed)
    middle, spread = states.mean(axis=0), states.std(axis=0) + 1e-6
    scaled = (states - middle) / spread
    if recipe.kind == "pairs":
        scaled, targets, weights = _differences(observed, spread)
    layers = _mlp(scaled, targets, weights, recipe) if recipe.kind == "mlp" else _linear(
        scaled, targets, weights, recipe)  # fmt: skip
    (first, bias), *rest = layers
    unscaled = first / spread
    return tuple(_layer(*layer) for layer in [(unscaled, bias - unscaled @ middle), *rest])


def logits(layers: Sequence[Layer], states: Numbers) -> Numbers:
    """Return (P,) logits of (P, d) states; layers have `relu` between them."""
    *inner, last = layers
    for layer in inner:
        states = np.maximum(0, states @ np.array(layer.weights).T + layer.bias)
    judged: Numbers = states @ np.array(last.weights).T + last.bias
    return judged[:, 0]


def _table(observed: Sequence[Observed]) -> tuple[Numbers, Numbers, Numbers]:
    rows = [
        (state, target, 1 / len(one.states))
        for one in observed
        for state, target in zip(one.states, one.targets, strict=True)
        if target is not None
    ]
    states, targets, weights = zip(*rows, strict=True)
    return np.array(states, float), np.array(targets, float), np.array(weights, float)


def _differences(observed: Sequence[Observed], spread: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Return the differences of right and wrong places of each question, each in both directions.

    A question's count together as often as it has places, however many pairs they make.
    """
    grouped: dict[str, list[Observed]] = {}
    for one in observed:
        grouped.setdefault(one.example.question, []).append(one)
    rows, weights = [np.empty((0, len(spread)))], [np.empty(0)]
    for solutions in grouped.values():
        states, targets, _ = _table(solutions)
        right, wrong = states[targets > _HALF], states[targets <= _HALF]
        apart = (right[:, None] - wrong[None]).reshape(-1, len(spread)) / spread
        rows += [apart, -apart]
        weights += [np.full(2 * len(apart), len(states) / max(1, 2 * len(apart)))]
    told = np.concatenate([np.full(len(row), float(i % 2)) for i, row in enumerate(rows)])
    return np.concatenate(rows), told, np.concatenate(weights)


def _linear(
    states: Numbers, targets: Numbers, weights: Numbers, recipe: Recipe
) -> list[tuple[Numbers, Numbers]]:
    shifted = recipe.kind != "pairs"
    model = LogisticRegression(C=1 / recipe.penalty, fit_intercept=shifted, max_iter=1000)
    _teach(model, states, targets, weights)
    return [(model.coef_, np.atleast_1d(model.intercept_))]


def _mlp(
    states: Numbers, targets: Numbers, weights: Numbers, recipe: Recipe
) -> list[tuple[Numbers, Numbers]]:
    model = MLPClassifier(
        (UNITS,), solver="lbfgs", alpha=recipe.penalty, random_state=recipe.seed, max_iter=300
    )
    _teach(model, states, targets, weights)
    return [(w.T, b) for w, b in zip(model.coefs_, model.intercepts_, strict=True)]


def _teach(
    model: LogisticRegression | MLPClassifier, states: Numbers, targets: Numbers, weights: Numbers
) -> None:
    """Fit to soft targets: each is both kinds at once, each with its share."""
    kinds = np.repeat([1, 0], len(states))
    shares = np.concatenate([weights * targets, weights * (1 - targets)])
    known = shares > 0
    doubled = np.concatenate([states, states])
    with warnings.catch_warnings():
        # It is tried on questions it does not know, wherever it stopped.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(doubled[known], kinds[known], sample_weight=shares[known])


def _layer(weights: Numbers, bias: Numbers) -> Layer:
    rows = tuple(tuple(float(f"{x:.{_DIGITS}g}") for x in row) for row in weights)
    return Layer(weights=rows, bias=tuple(float(x) for x in bias))
