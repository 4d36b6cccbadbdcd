"""What keeps a model from becoming a GGUF file. Knows no gguf."""

from pathlib import Path


class NotWritable(Exception):
    """The model in `directory` cannot be written as a GGUF file that means the same, and why."""

    def __init__(self, directory: Path, what: str) -> None:
        super().__init__(f"{directory} cannot be written as GGUF: {what}")
        self.directory = directory
