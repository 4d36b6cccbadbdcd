"""What can be wrong with a training.

TrainError
├── NothingToLearn   no example is left that says anything about what is trained
├── BadBase          the model cannot be trained as asked
├── OtherTraining    what a training left unfinished there is of other settings or data
└── training.verifier.errors: Unreadable, NotTrained
"""

from pathlib import Path


class TrainError(Exception):
    """Base of every error of a training."""


class NothingToLearn(TrainError):
    """No example is left to learn from."""


class BadBase(TrainError):
    """The model cannot be trained as asked."""


class OtherTraining(TrainError):
    """The files of another training are in the way: `path`."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path} {what}: remove it, or choose another --out")
        self.path = path
