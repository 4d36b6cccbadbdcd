"""Why a request is refused before anything is searched for.

Refused
├── InvalidKey        no key was sent, or none that is of use
├── ScopeMissing      the key is not for this
├── BudgetAboveKey    the request asks for more than its key allows
├── TooManyMessages   the conversation has more of them than are taken
├── TooManySamples    the request has more of them than are scored at once
├── StrategyTooLarge  the strategy draws more than is allowed
├── BodyTooLarge      the body has more bytes than are taken
├── QuotaSpent        what the key may spend in a day is spent
└── Later             not now
    ├── RateLimited   the key asks too often, or has spent too much lately
    └── QueueFull     too many searches are waiting already
NoKeys                a service that wants keys would start without any
"""

from typing import TypeAlias

Number: TypeAlias = int | float


class Refused(Exception):
    """The request is refused before anything is searched for."""


class InvalidKey(Refused):
    """No key was sent, or none that is of use."""


class ScopeMissing(Refused):
    """The key is not for this."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"this key may not be used here: it lacks the scope `{scope}`")
        self.scope = scope


class BudgetAboveKey(Refused):
    """The request asks for more than its key allows; `param` is the field that does."""

    def __init__(self, param: str, asked: Number, allowed: Number) -> None:
        super().__init__(f"`{param}` is {asked}, and this key allows {allowed}")
        self.param = param


class TooManyMessages(Refused):
    """The conversation has more messages than are taken."""

    def __init__(self, messages: int, most: int) -> None:
        super().__init__(f"there are {messages} messages, and this server takes {most}")


class TooManySamples(Refused):
    """The request has more samples than are taken."""

    def __init__(self, samples: int, most: int) -> None:
        super().__init__(f"there are {samples} samples, and this server takes {most}")


class StrategyTooLarge(Refused):
    """The strategy draws more solutions than is allowed."""

    def __init__(self, kind: str, solutions: int, most: int) -> None:
        super().__init__(
            f"{kind} as it is set draws {solutions} solutions, and this server allows {most}"
        )


class BodyTooLarge(Refused):
    """The body has more bytes than are taken."""

    def __init__(self, most: int) -> None:
        super().__init__(f"the body has more than {most} bytes, which is what is taken here")


class QuotaSpent(Refused):
    """What the key may spend in a day is spent."""

    def __init__(self, of: str, most: Number) -> None:
        super().__init__(
            f"this key has spent its {of} of today, {most:g}; there are new ones at midnight, UTC"
        )


class Later(Refused):
    """Not now; `retry_after` is in how many seconds it may be."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RateLimited(Later):
    """The key asks too often, or has spent too much lately."""


class QueueFull(Later):
    """Too many searches are waiting already."""


class NoKeys(Exception):
    """A service that wants keys would start without any that could be shown to it."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"at {host} others can reach this service, and there is no key for them: make one with "
            "`fathom keys create`, or set FATHOM_KEYS=off to serve without"
        )
