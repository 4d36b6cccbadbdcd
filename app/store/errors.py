"""What can go wrong with what is remembered.

StoreError
├── TraceNotFound      no answer of this id is remembered
└── ResponseNotFound   no response of this id is kept for whoever asks
"""


class StoreError(Exception):
    """The database cannot be opened, read or written."""


class TraceNotFound(StoreError):
    """No answer of this id is remembered."""

    def __init__(self, trace: str) -> None:
        super().__init__(
            f"no answer {trace!r} is remembered; a `trace` is the `id` of a chat completion"
        )
        self.trace = trace


class ResponseNotFound(StoreError):
    """No response of this id is kept for whoever asks; `param` names the field that has the id."""

    def __init__(self, response: str) -> None:
        super().__init__(f"no response {response!r} is kept here")
        self.response = response
        self.param: str | None = None
