"""Which strategies a calibration measures: kinds of them at each of the numbers of samples.

Knows parameters, not what comes of them.
"""

from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

from pydantic import JsonValue, TypeAdapter, ValidationError

from evaluation.calibrate.errors import CannotCalibrate
from search import Models
from search.policy.choice import PLAIN
from search.registry import KINDS, AnyStrategy
from search.strategies import (
    AdaptiveConsistency,
    BeamSearch,
    BestOfN,
    EarlyStoppingConsistency,
    Lookahead,
    Majority,
    Revisions,
    WeightedBestOfN,
)

DEFAULT = "default"
"""What stands for the kinds that are measured unless something else is asked for."""

Baseline: TypeAlias = Literal["best_of_n", "weighted_best_of_n"]
"""What a policy may be compared with; the second is what arXiv:2408.03314 draws."""

_SAMPLING = tuple(
    kind.model_fields["kind"].default
    for kind in (Majority, BestOfN, WeightedBestOfN, AdaptiveConsistency, EarlyStoppingConsistency)
)
_BEAM_WIDTH = 4
_MOST_IN_A_ROW = 64
_ANY: TypeAdapter[AnyStrategy] = TypeAdapter(AnyStrategy)


def strategies(
    asked: Sequence[JsonValue], sizes: Sequence[int], *, stepwise: bool
) -> list[AnyStrategy]:
    """Return the strategies to measure, each once.

    Args:
        asked: kinds, each of which is measured at every size, strategies as JSON, and `default`.
        sizes: numbers of samples, rising.
        stepwise: whether a default may search step by step; see `searches_steps`.

    Raises:
        CannotCalibrate: one of them is not there, or has no parameters for any size.
    """
    found = [one for item in asked for one in _meant(item, sizes, stepwise=stepwise)]
    return [one for place, one in enumerate(found) if one not in found[:place]]


def searches_steps(models: Models) -> bool:
    """Say whether beams can be continued and judged."""
    able = models.engine.capabilities.continues
    return able and any(scorer.partial for scorer in models.scorers)


def _meant(item: JsonValue, sizes: Sequence[int], *, stepwise: bool) -> list[AnyStrategy]:
    if item == DEFAULT:
        return _defaults(sizes, stepwise=stepwise)
    if isinstance(item, str):
        return _sized(item, sizes)
    try:
        return [_ANY.validate_python(item)]
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise CannotCalibrate(f"{item} is no strategy: {where}: {first['msg']}") from error


def _defaults(sizes: Sequence[int], *, stepwise: bool) -> list[AnyStrategy]:
    several = [n for n in between(sizes) if n > 1]
    found: list[AnyStrategy] = [one for kind in _SAMPLING for one in _each(kind, several)]
    if stepwise:
        wide = (n for n in sizes if n >= _BEAM_WIDTH and n % _BEAM_WIDTH == 0)
        found += [BeamSearch(n=n, width=_BEAM_WIDTH) for n in wide]
    return found


def between(sizes: Sequence[int]) -> list[int]:
    """Return the sizes with the powers of two between them, which cost nothing to replay.

    A bin whose answers are longer than the average has to do with fewer for the same budget.
    """
    powers = (2**power for power in range(sizes[-1].bit_length()))
    return sorted({*sizes, *(n for n in powers if sizes[0] <= n <= sizes[-1])})


def _sized(kind: str, sizes: Sequence[int]) -> list[AnyStrategy]:
    if kind not in KINDS:
        raise CannotCalibrate(f"there is no strategy {kind!r}; there are {', '.join(KINDS)}")
    found = list(_each(kind, sizes))
    if not found:
        raise CannotCalibrate(f"{kind} cannot be set for {', '.join(map(str, sizes))} samples")
    return found


def _each(kind: str, sizes: Sequence[int]) -> Iterator[AnyStrategy]:
    """Give a kind with the parameters of each size that there are any for."""
    for size in sizes if _grows(kind) else sizes[:1]:
        for parameters in _parameters(kind, size):
            try:
                yield _ANY.validate_python({"kind": kind, **parameters})
            except ValidationError:
                # Such as a number that is no multiple of the width: there is none of this size.
                continue


def _grows(kind: str) -> bool:
    return "n" in KINDS[kind].model_fields or KINDS[kind] is Revisions


def _parameters(kind: str, size: int) -> list[dict[str, JsonValue]]:
    """Return the ways in which a kind spends so many samples."""
    cls = KINDS[kind]
    if cls is Revisions:
        return [dict(ratio) for ratio in _ratios(size)]
    if cls in (BeamSearch, Lookahead):
        return _widths(size)
    if cls is EarlyStoppingConsistency:
        return [{"n": size, "window": max(2, min(5, size))}]
    return [{"n": size}] if "n" in cls.model_fields else [{}]


def _widths(size: int) -> list[dict[str, JsonValue]]:
    """Return both widths of arXiv:2408.03314, section 5.2: 4, and the root of the beams."""
    square = size == _BEAM_WIDTH**2
    root: list[dict[str, JsonValue]] = [] if square else [{"n": size, "width": "sqrt_n"}]
    return [{"n": size, "width": _BEAM_WIDTH}, *root]


def _ratios(size: int) -> Iterator[dict[str, JsonValue]]:
    """Give ratios of sequential to parallel revisions, from one chain to chains of two."""
    chains = 1
    while chains * 2 <= size:
        if size % chains == 0 and size // chains <= _MOST_IN_A_ROW >= chains:
            yield {"chains": chains, "length": size // chains}
        chains *= 4


def baseline_of(kind: Baseline, sizes: Sequence[int]) -> list[AnyStrategy]:
    """Return what a policy is compared with, by rising cost: one plain sample, and N of them."""
    return [PLAIN, *(one for one in _each(kind, sizes) if one.solutions > 1)]
