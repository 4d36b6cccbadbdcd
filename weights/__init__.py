"""Models that come along: the laboratory's reasoner, and its verifier. Data, and where it is."""

from pathlib import Path
from typing import NamedTuple

_HERE = Path(__file__).parent


class Verifier(NamedTuple):
    """A trunk, and the head that reads its hidden states."""

    model: Path
    head: Path


REASONER = _HERE / "lab-reasoner.gguf"
"""Reduces expressions line by line; made by `evaluation.lab`."""

_VERIFIER = Verifier(_HERE / "lab-prm.gguf", _HERE / "lab-prm.head.json")
VERIFIER = _VERIFIER if _VERIFIER.head.is_file() else None
"""Judges its lines; `None` in a tree whose verifier is not trained yet."""
