"""What stops labelling.

LabelError
├── UnfitScorer    the scorer named cannot give such labels
└── OutputRefused  the file to write cannot be written, or holds something else

A file that cannot be read is an `ExampleError` of `training.examples`.
"""

from pathlib import Path


class LabelError(Exception):
    """Base of every error of labelling."""


class UnfitScorer(LabelError):
    """The scorer named `scorer` cannot give such labels."""

    def __init__(self, scorer: str, what: str) -> None:
        super().__init__(f"scorer {scorer} {what}")
        self.scorer = scorer


class OutputRefused(LabelError):
    """The file `path` cannot be written to."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path}: {what}")
        self.path = path
