"""What is said of a fitted policy, in words for people.

`auto` is what the policy chooses. Pure text of numbers: measures nothing.
"""

import json
from collections.abc import Sequence

from evaluation.compute import Point
from search.policy import Interval, Option
from search.policy.choice import PLAIN
from search.strategies.base import Strategy

_BEST_OF = "best_of_n"


def called(strategy: Strategy) -> str:
    """Return what a strategy is called: `best-of-16`, or its kind, n and what is unusual."""
    if strategy == PLAIN:
        return "one plain sample"
    number = getattr(strategy, "n", None)
    if strategy.kind.endswith(_BEST_OF) and number is not None:
        return f"{strategy.kind.removesuffix('n').replace('_', '-')}{number}"
    size = "" if number is None else f" n={number}"
    return f"{strategy.kind}{size}{_unusual(strategy)}"


def named(option: Option) -> str:
    """Return what was measured is called: the strategy, and the pauses behind its prompts."""
    return f"{called(option.strategy)}{behind(option.pauses)}"


def behind(pauses: int) -> str:
    """Return how pauses are spoken of; nothing is said of none."""
    return f" behind {pauses} pauses" if pauses else ""


def family(strategy: Strategy) -> str:
    """Return what a strategy has in common with those that differ from it in n only."""
    return f"{strategy.kind}{_unusual(strategy)}"


def percent(accuracy: Interval) -> str:
    """Return an accuracy as `71.0 % [66.2, 75.1]`."""
    value, low, high = (100 * part for part in (accuracy.value, accuracy.low, accuracy.high))
    return f"{value:.1f} % [{low:.1f}, {high:.1f}]"


def points(gain: Interval) -> str:
    """Return a difference of accuracies as `+2.1 points [0.4, 3.9]`."""
    value, low, high = (100 * part for part in (gain.value, gain.low, gain.high))
    return f"{value:+.1f} points [{low:.1f}, {high:.1f}]"


def of_compute(
    target: Strategy, aim: Interval, ratio: Interval | None, ours: Sequence[Point]
) -> str:
    """Say how much less compute auto takes for a strategy's accuracy, or that it does not reach it.

    `ratio` is that of `evaluation.compute.compute_ratio`, of the curve `ours` and the target.
    """
    name = called(target)
    if ratio is None:
        most = max((point.accuracy for point in ours), key=lambda accuracy: accuracy.value)
        return (
            f"auto does not reach {name}'s accuracy of {percent(aim)}: at most it has "
            f"{percent(most)}."
        )
    if ratio.value < 1:
        most_of_all = f"{1 / ratio.low:.1f}" if ratio.low > 0 else "endless"
        return (
            f"auto reaches {name}'s accuracy only with {1 / ratio.value:.1f} x more compute "
            f"[{1 / ratio.high:.1f}, {most_of_all}]."
        )
    said = (
        f"auto reaches {name}'s accuracy with {ratio.value:.1f} x less compute "
        f"[{ratio.low:.1f}, {ratio.high:.1f}]"
    )
    return f"{said}{_doubt(ratio)}."


def at_equal_compute(
    target: Strategy, tokens: float, ours: Interval | None, gain: Interval | None
) -> str:
    """Say what auto comes to for the tokens of a strategy; `None` if it cannot take so few."""
    name = called(target)
    if ours is None or gain is None:
        return f"For the compute of {name}, {tokens:,.0f} tokens a question, auto cannot be had."
    said = (
        f"For the compute of {name}, {tokens:,.0f} tokens a question, auto's accuracy is "
        f"{percent(ours)}: {points(gain)}"
    )
    return f"{said}." if gain.low > 0 or gain.high < 0 else f"{said}, which may be chance."


def _doubt(ratio: Interval) -> str:
    if ratio.low <= 0:
        return "; on other questions like these it may not reach it"
    return "; that it is less may be chance" if ratio.low <= 1 else ""


def _unusual(strategy: Strategy) -> str:
    """Return the parameters that are not as by default, without n."""
    plain = strategy.model_dump(mode="json", exclude={"kind", "n"}, exclude_defaults=True)
    return "".join(f" {name}={json.dumps(value)}" for name, value in plain.items())
