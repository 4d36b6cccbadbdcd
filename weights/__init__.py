"""Models that come along: the laboratory's reasoner, and its verifier. Data, and where it is."""

from pathlib import Path
from typing import NamedTuple

_HERE = Path(__file__).parent


class Verifier(NamedTuple):
    """A trunk, and the head that reads its hidden states."""

    model: Path
    head: Path


HEAD = _HERE / "smollm2.head.json"
"""Judges answers of SmolLM2-135M-Instruct by its own hidden states; see `evaluation.smollm2`."""

POLICY = _HERE / "smollm2.policy.yaml"
"""Says which search pays on SmolLM2-135M-Instruct: on word problems, none."""

REASONER = _HERE / "lab-reasoner.gguf"
"""Reduces expressions line by line; made by `evaluation.lab`."""

REASONER_POLICY = _HERE / "lab-reasoner.policy.yaml"
"""Says which search pays on its questions; fitted to `evaluation/lab/calibration.jsonl`."""

LAB = _HERE / "lab"
"""The laboratory's models, in the format of transformers."""

VERIFIER = Verifier(_HERE / "lab-prm.gguf", _HERE / "lab-prm.head.json")
"""Judges its lines."""
