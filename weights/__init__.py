"""Models that come along: the laboratory's reasoner. Data, and where it is."""

from pathlib import Path

REASONER = Path(__file__).with_name("lab-reasoner.gguf")
"""Reduces expressions line by line; made by `evaluation.lab`."""
