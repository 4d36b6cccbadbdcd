"""Ways of learning from the same few labels, compared: arXiv:2305.20050, sections 4.1 and 4.2."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from evaluation.lab.found import Comparison, Scale, Told
from evaluation.lab.small_scale import Arm, Trial, actively, slope, uniformly
from evaluation.statistics import Estimate
from training.examples import Example
from training.measures import bootstrap
from training.verifier.config import Kind

_LEAST = 1e-6

Way: TypeAlias = tuple[Kind, Callable[[int], list[Example]]]
"""What is trained, and on which solutions if so many of each problem are labelled."""


def active_learning(trial: Trial, scale: Scale, told: Told) -> Comparison:
    """Compare what convinces a selector and is wrong with what chance brings."""
    scores = trial.convincing()
    ways: Mapping[str, Way] = {
        "uniform": ("prm", lambda n: uniformly(trial.pool, n, scale.seed)),
        "active": ("prm", lambda n: actively(trial.pool, scores, n, scale.seed)),
    }
    arms = _tried(trial, scale, ways, told)
    ratio = slope_ratio(scale.sizes, arms["active"], arms["uniform"], scale.seed)
    return _comparison(scale, arms, ratio)


def synthetic_supervision(trial: Trial, scale: Scale, told: Told) -> Comparison:
    """Compare process labels and outcomes by the large verifier, and outcomes by the answer."""

    def chosen(n: int) -> list[Example]:
        return uniformly(trial.pool, n, scale.seed)

    ways: Mapping[str, Way] = {
        "prm_by_large": ("prm", chosen),
        "orm_by_large": ("orm", lambda n: [by_large(one) for one in chosen(n)]),
        "orm_by_answer": ("orm", chosen),
    }
    return _comparison(scale, _tried(trial, scale, ways, told), None)


def by_large(example: Example) -> Example:
    """Return an example whose outcome is the large verifier's: right iff no step is wrong."""
    return example.model_copy(update={"outcome": -1 not in (example.ratings or ())})


def slope_of(sizes: Sequence[int], arm: Arm, seed: int) -> Estimate:
    """Return what a doubling adds to the share, and its interval over held-out problems."""
    return _resampled(arm, seed, lambda drawn: _slope(sizes, arm, drawn))


def slope_ratio(sizes: Sequence[int], ours: Arm, theirs: Arm, seed: int) -> Estimate | None:
    """Return the ratio of two arms' slopes, and its interval over held-out problems.

    `None` if the divisor may be none: if its interval is not above 0.
    """
    if slope_of(sizes, theirs, seed).low <= 0:
        return None
    return _resampled(
        ours,
        seed,
        lambda drawn: _slope(sizes, ours, drawn) / max(_slope(sizes, theirs, drawn), _LEAST),
    )


def _resampled(arm: Arm, seed: int, measure: Callable[[Sequence[int]], float]) -> Estimate:
    problems = range(len(arm.shares[0]))
    low, high = bootstrap(len(problems), measure, seed)
    return Estimate(measure(problems), low, high)


def _slope(sizes: Sequence[int], arm: Arm, problems: Sequence[int]) -> float:
    return slope(sizes, [sum(row[i] for i in problems) / len(problems) for row in arm.shares])


def _tried(trial: Trial, scale: Scale, ways: Mapping[str, Way], told: Told) -> dict[str, Arm]:
    total, done = len(ways) * len(scale.sizes), 0
    arms: dict[str, Arm] = {}
    for name, (kind, choose) in ways.items():
        rows: list[tuple[float, ...]] = []
        for n in scale.sizes:
            rows.append(tuple(trial.worth(kind, choose(n))))
            done += 1
            told(f"{name}: {n} of each problem", done, total)
        arms[name] = Arm(tuple(rows))
    return arms


def _comparison(scale: Scale, arms: dict[str, Arm], ratio: Estimate | None) -> Comparison:
    curves = {name: arm.curve(scale.seed) for name, arm in arms.items()}
    problems = len(next(iter(arms.values())).shares[0])
    slopes = {name: slope_of(scale.sizes, arm, scale.seed) for name, arm in arms.items()}
    return Comparison(scale, curves, problems, slopes, ratio)
