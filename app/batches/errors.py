"""What can be wrong with a request for files or batches.

BatchesError
├── FieldRefused   a field is not what it should be; `param` is which
├── FileTooLarge   the file is longer than may be
└── BatchOver      the batch has ended, and cannot be called off
"""


class BatchesError(Exception):
    """Base of what is wrong with requests for files and batches."""


class FieldRefused(BatchesError):
    """A field is not what it should be."""

    def __init__(self, param: str | None, message: str) -> None:
        super().__init__(message)
        self.param = param


class FileTooLarge(BatchesError):
    """A file is longer than may be."""

    def __init__(self, most: int) -> None:
        super().__init__(f"the file is longer than {most} bytes; send it in several")
        self.most, self.param = most, "file"


class BatchOver(BatchesError):
    """A batch has ended, and cannot be called off."""

    def __init__(self, batch: str, status: str) -> None:
        super().__init__(f"batch {batch} is {status}, and cannot be cancelled")
        self.batch, self.status = batch, status
