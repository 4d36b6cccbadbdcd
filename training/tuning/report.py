"""What came of a training, as its directory says. Knows no torch."""

from dataclasses import dataclass

RECORD = "fathom_training.json"
"""The file in a trained model's directory that says how it was made."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a model was made from.

    Attributes:
        data: the SHA-256 of the examples.
        base: what tells the base's weights from others.
        command: what was run, if it was a command.
    """

    data: str
    base: str
    command: str | None
