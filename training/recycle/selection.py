"""Which version of a pair a student is to learn from: pure comparisons of its scores.

Source: "Selective Reflection-Tuning", arXiv:2402.10110, sections 3.2 and 3.3. Differs from the
paper: a score that could not be told drops the pair, wherever it is; the paper's program calls it
0, the easiest there is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isnan
from typing import Literal, Protocol, TypeAlias

Dropped: TypeAlias = Literal["unscored", "not improved", "ifd", "r_ifd"]
"""Why a pair is dropped: a score is not known, no better response, or one that is not below 1."""
Branch: TypeAlias = Literal["instruction", "original"]
"""Which instruction a pair goes on with: the reflected one, or its own."""


class Scored(Protocol):
    """What a student makes of a pair; NaN where that cannot be told. See `scores.Scores`."""

    @property
    def ifd(self) -> float:
        """IFD: how hard the instruction is to follow; higher is harder."""
        ...

    @property
    def r_ifd(self) -> float:
        """r-IFD: how hard the instruction is to guess from the response; lower is easier."""
        ...


@dataclass(frozen=True, slots=True)
class Choice:
    """The version chosen: of `branch`, with the better response unless it is `dropped`."""

    branch: Branch
    dropped: Dropped | None

    @property
    def kept(self) -> bool:
        """Whether the student is to learn from it."""
        return self.dropped is None


def known(scored: Scored) -> bool:
    """Say whether both scores are numbers."""
    return not (isnan(scored.ifd) or isnan(scored.r_ifd))


def harder(orig: Scored, ins: Scored | None) -> bool:
    """Say whether the reflected instruction is picked: it is strictly harder to follow."""
    return ins is not None and ins.ifd > orig.ifd


def clearer(picked: Scored, res: Scored | None) -> bool:
    """Say whether the better response is picked: its instruction is strictly easier to guess."""
    return res is not None and res.r_ifd < picked.r_ifd


def select(orig: Scored, ins: Scored | None, res: Scored | None) -> Choice:
    """Choose among the versions of a pair.

    Args:
        orig: the pair as it was.
        ins: with the reflected instruction and its answer; `None` if there is no such version.
        res: the pair that `harder` picks of these two, with the better response; `None` if there
            is none.
    """
    branch: Branch = "instruction" if harder(orig, ins) else "original"
    picked = ins if ins is not None and branch == "instruction" else orig
    return Choice(branch, _dropped([orig, ins, res], picked, res))


def _dropped(every: Sequence[Scored | None], picked: Scored, res: Scored | None) -> Dropped | None:
    if any(one is not None and not known(one) for one in every):
        return "unscored"
    if res is None or not clearer(picked, res):
        return "not improved"
    if not res.ifd < 1:
        return "ifd"
    return None if res.r_ifd < 1 else "r_ifd"


def top(ifds: Sequence[float], percent: float) -> list[int]:
    """Return the places of the hardest `percent` % of (N,) pairs, in the order they have.

    So many are rounded down, as the paper's are (2 % of 46,325 are 926), but to one at least. Of
    equals the first are taken.
    """
    if not ifds:
        return []
    n = max(1, int(len(ifds) * Fraction(str(percent)) / 100))
    hardest = sorted(range(len(ifds)), key=lambda place: -ifds[place])[:n]
    return sorted(hardest)
