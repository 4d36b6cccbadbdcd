"""What is wrong with a key.

IdempotencyError
├── KeyMalformed   it is none
├── KeyMismatch    it is another request's
├── KeyRunning     its request is being answered
└── BodyTooLarge   its request is too large
"""


class IdempotencyError(Exception):
    """A request with a key cannot be answered."""


class KeyMalformed(IdempotencyError):
    """The key is empty, too long, or not printable."""

    def __init__(self) -> None:
        super().__init__("an `Idempotency-Key` is 1 to 255 printable ASCII characters")


class KeyMismatch(IdempotencyError):
    """The key was given with another request before."""

    def __init__(self) -> None:
        super().__init__("this `Idempotency-Key` was given with another request; take a new one")


class KeyRunning(IdempotencyError):
    """The request of this key is being answered, for so many seconds by now."""

    def __init__(self, seconds: float) -> None:
        super().__init__("the request of this `Idempotency-Key` is being answered; ask again later")
        self.seconds = seconds


class BodyTooLarge(IdempotencyError):
    """The request is larger than one with a key may be."""

    def __init__(self, megabytes: float) -> None:
        super().__init__(
            f"a request with an `Idempotency-Key` has at most {megabytes:g} MB; send it without"
        )
