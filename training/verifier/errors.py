"""What can be wrong with a training.

TrainError
├── NothingToLearn   no example is left that says anything about a step or a solution
├── Unreadable       the model's tokenizer cannot tell where a step ends
├── BadBase          the model cannot become a verifier as asked
├── OtherTraining    what a training left unfinished there is of other settings or data
└── NotTrained       a directory is no verifier of ours
"""

from pathlib import Path


class TrainError(Exception):
    """Base of every error of a training."""


class NothingToLearn(TrainError):
    """No example is left to learn from."""


class Unreadable(TrainError):
    """A solution's steps cannot be told apart in its tokens."""


class BadBase(TrainError):
    """The model cannot become a verifier as asked."""


class OtherTraining(TrainError):
    """The files of another training are in the way: `path`."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path} {what}: remove it, or choose another --out")
        self.path = path


class NotTrained(TrainError):
    """A directory holds no verifier that was trained here: `path`."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path} is no verifier that was trained here: {what}")
        self.path = path
