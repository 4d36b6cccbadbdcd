"""What can go wrong with what is remembered.

StoreError
├── OtherVersion    the tables are not those of this version
└── TraceNotFound   no answer of this id is remembered
"""


class StoreError(Exception):
    """The database cannot be opened, read or written."""


class OtherVersion(StoreError):
    """The database's tables are older than this program, or newer."""


class TraceNotFound(StoreError):
    """No answer of this id is remembered."""

    def __init__(self, trace: str) -> None:
        super().__init__(
            f"no answer {trace!r} is remembered; a `trace` is the `id` of a chat completion"
        )
        self.trace = trace
