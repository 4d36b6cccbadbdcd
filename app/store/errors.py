"""What can go wrong with what is remembered.

StoreError
├── NotKept         nothing of this id is kept, for this caller
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


class NotKept(StoreError):
    """Nothing of this id is kept, or it is another's: nobody is told which."""

    def __init__(self, name: str, *, param: str | None = None) -> None:
        super().__init__(f"nothing is kept under the id {name!r}")
        self.name, self.param = name, param
