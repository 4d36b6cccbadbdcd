"""Pairs that a scripted teacher makes better, and a student whose scores are given."""

from typing import NamedTuple


class Plain(NamedTuple):
    """Two scores, and nothing else."""

    ifd: float
    r_ifd: float
