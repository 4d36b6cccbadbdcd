"""How a text becomes the tokens that are learnt from. Knows no torch."""

from collections.abc import Callable
from typing import TypeAlias

Tokenize: TypeAlias = Callable[[str, bool], tuple[int, ...]]
"""Gives a text's tokens; if told so, with those that the model has before every text."""
