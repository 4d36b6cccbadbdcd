"""The tree of a search: what was drawn, from what, and what was thought of it.

A pure fold of a search's events, the same while they come and of those of a trace. Knows no wire,
no clock and no reader.
"""

from app.tree.growth import MOST_NODES, Growth
from app.tree.node import LONGEST_TEXT, Node

__all__ = ["LONGEST_TEXT", "MOST_NODES", "Growth", "Node"]
