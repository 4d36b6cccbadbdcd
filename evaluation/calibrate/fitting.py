"""From what was measured to a policy and what it is worth. Needs the `evaluate` extra."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from evaluation.calibrate.confidence import confidence
from evaluation.calibrate.ease import Probe, oracle_ease
from evaluation.calibrate.measured import Measured
from evaluation.calibrate.outcomes import outcomes
from evaluation.outcomes import Outcomes
from evaluation.policy_fit import About, Fitted, fit
from evaluation.prompt_regression import Learned, fit_regressor
from search.registry import AnyStrategy


@dataclass(frozen=True, slots=True)
class Aim:
    """What a policy is fitted to do.

    Attributes:
        model: whose answers were measured.
        probe: how ease is found.
        sizes: the budgets, in plain samples of the mean length.
        baseline: what the policy is compared with, by rising cost.
        bins: of difficulty.
        seed: of folds and intervals.
        command: that does it again.
        today: the day it was fitted on.
        pauses: what was measured of them, rising; none where the policy has no say in them.
        flops_per_token: of the model; `None` if its size is not known.
    """

    model: str
    probe: Probe
    sizes: Sequence[int]
    baseline: Sequence[AnyStrategy]
    bins: int
    seed: int
    command: str
    today: date
    pauses: Sequence[int] = ()
    flops_per_token: float | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A fitted policy, and what it was fitted to."""

    outcomes: Outcomes
    about: About
    fitted: Fitted
    learned: Learned | None = None


def fitted(measured: Measured, aim: Aim) -> Found:
    """Fit a policy to measures; of the estimator `prompt`, a regressor of pass@1 as well.

    Raises:
        CannotFit: they are too few, or the budgets pay for nothing.
    """
    pools, probe = measured.pools, aim.probe
    about = About(
        aim.model,
        probe.estimator,
        len(pools[0].solutions) if probe.estimator == "oracle" else probe.samples,
        aim.command,
        aim.today,
        aim.seed,
        aim.bins,
        # Of answers behind several numbers of pauses it is not known how sure they are.
        confidence=() if measured.paused else confidence(pools, probe),
        scorer=pools[0].scorer if probe.estimator == "score" else None,
        pauses=tuple(aim.pauses),
    )
    found = outcomes(measured, probe, aim.sizes, aim.baseline, aim.flops_per_token)
    if probe.estimator != "prompt":
        return Found(found, about, fit(found, about))
    eases = [oracle_ease(pool) for pool in pools]
    learned = fit_regressor([pool.question for pool in pools], eases, aim.seed)
    found, about = replace(found, ease=learned.eases), replace(about, regressor=learned.regressor)
    return Found(found, about, fit(found, about), learned)
