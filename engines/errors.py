"""What can go wrong between a search and a model server.

EngineError
├── RequestRefused        the request is at fault, and asking again will not help
│   ├── ContextOverflow   prompt and tokens asked for do not fit the model's context
│   └── Unsupported       this server cannot do it at all
├── EngineOverloaded      refused for want of room: ask again later
└── EngineUnavailable     down, or its reply made no sense
"""


class EngineError(Exception):
    """Base of every error an engine raises.

    `unspent` says that the server is known to have done nothing for the call. Else it may have
    drawn any part of what was asked, and may be drawing still.
    """

    unspent = False


class RequestRefused(EngineError):
    """The server refused the request as it stands; `param` names the field at fault if known."""

    unspent = True

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.param = param


class ContextOverflow(RequestRefused):
    """The prompt and the tokens asked for do not fit the model's context."""


class Unsupported(RequestRefused):
    """This server cannot do what was asked, whoever asks and whenever."""


class EngineOverloaded(EngineError):
    """The server refused for want of room; `retry_after` is its advice in seconds."""

    unspent = True

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class EngineUnavailable(EngineError):
    """The server could not be reached, or its reply made no sense."""

    def __init__(self, message: str, *, unspent: bool = False) -> None:
        super().__init__(message)
        self.unspent = unspent
