"""What can be wrong with a verifier, besides what can be with any training.

TrainError
├── Unreadable   the model's tokenizer cannot tell where a step ends
└── NotTrained   a directory is no verifier of ours
"""

from pathlib import Path

from training.tuning.errors import TrainError


class Unreadable(TrainError):
    """A solution's steps cannot be told apart in its tokens."""


class NotTrained(TrainError):
    """A directory holds no verifier that was trained here: `path`."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path} is no verifier that was trained here: {what}")
        self.path = path
