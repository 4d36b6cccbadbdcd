"""What can go wrong with what is remembered.

StoreError
├── KeyNotFound     no key has this id
└── TraceNotFound   no answer of this id is remembered
"""


class StoreError(Exception):
    """The database cannot be opened, read or written."""


class KeyNotFound(StoreError):
    """No key has this id."""

    def __init__(self, key: str) -> None:
        super().__init__(f"there is no key {key!r}; `fathom keys list` shows those that there are")


class TraceNotFound(StoreError):
    """No answer of this id is remembered."""

    def __init__(self, trace: str) -> None:
        super().__init__(
            f"no answer {trace!r} is remembered; a `trace` is the `id` of a chat completion"
        )
        self.trace = trace
