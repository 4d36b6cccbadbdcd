"""What can go wrong in the laboratory. Knows no torch."""

from pathlib import Path


class NoModels(Exception):
    """A folder lacks one of the laboratory's models."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} has no model: `fathom lab build` makes one")
        self.path = path
