"""What a verifier is to say, and where: targets at tokens. Knows no torch.

A PRM's are at the tokens that end steps (arXiv:2305.20050, section 2.6), a rating or the share of
roll-outs that came out right (arXiv:2408.03314, appendix D). An ORM's are at every token of the
solution (arXiv:2110.14168, section 4.2), though only the last is read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from training.examples import Example
from training.verifier.config import TrainConfig
from training.verifier.reading import Reading

Target: TypeAlias = tuple[float, ...]
"""(C,) how likely each class is to be: wrong, right; or wrong, neutral, right."""

_THREE: Mapping[float, Target] = {-1: (1.0, 0.0, 0.0), 0: (0.0, 1.0, 0.0), 1: (0.0, 0.0, 1.0)}


@dataclass(frozen=True, slots=True)
class Item:
    """One solution to learn from: (T,) ids, and (L,) targets at L of their places."""

    ids: tuple[int, ...]
    places: tuple[int, ...]
    targets: tuple[Target, ...]


def item(config: TrainConfig, example: Example, reading: Reading) -> Item:
    """Return what is learnt from an example; without targets if it has no label of this kind.

    Steps without a label, or without text, have no target.
    """
    found = _of_solution(example, reading) if config.kind == "orm" else {}
    if config.kind == "prm":
        found = _of_steps(config, example, reading)
    return Item(reading.ids, tuple(found), tuple(found.values()))


def _of_solution(example: Example, reading: Reading) -> dict[int, Target]:
    if example.outcome is None or not reading.ends:
        return {}
    return dict.fromkeys(range(reading.begin, len(reading.ids)), _two(float(example.outcome)))


def _of_steps(config: TrainConfig, example: Example, reading: Reading) -> dict[int, Target]:
    if config.has_neutral and example.ratings is None:
        return {}
    return {
        place: _THREE[label] if config.has_neutral else _two(right(config, example, label))
        for place, label in zip(reading.steps, example.labels, strict=False)
        if place is not None and label is not None
    }


def right(config: TrainConfig, example: Example, label: float) -> float:
    """Return how right a step is by its label, in [0, 1]."""
    if example.ratings is None:
        return label
    return float(label > 0 or (label == 0 and config.neutral == "positive"))


def _two(right: float) -> Target:
    return 1 - right, right
