"""What can go wrong in the laboratory. Knows no torch."""

from pathlib import Path


class NothingSelected(Exception):
    """Of the noisy set of a seed nothing is selected, so that students have nothing to learn."""

    def __init__(self, seed: int) -> None:
        super().__init__(f"of the noisy set of seed {seed} no pair is selected")
        self.seed = seed


class NoModels(Exception):
    """A folder lacks one of the laboratory's models."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} has no model: `fathom lab build` makes one")
        self.path = path
