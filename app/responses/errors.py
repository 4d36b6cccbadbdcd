"""What cannot be done with a response that is kept.

ResponseError
├── NotBackground        it was answered as it was asked, and has no run of its own
└── ResponseUnfinished   it has not ended, so that nothing can go on from it
"""


class ResponseError(Exception):
    """Base of what cannot be done with a response."""


class NotBackground(ResponseError):
    """Only responses in the background can be cancelled, or streamed again."""

    def __init__(self, response: str, what: str) -> None:
        super().__init__(
            f"response {response} was not made with `background`, and cannot be {what}"
        )


class ResponseUnfinished(ResponseError):
    """A response that has not ended cannot be gone on from."""

    param = "previous_response_id"

    def __init__(self, response: str) -> None:
        super().__init__(f"response {response} has not ended yet; go on from it when it has")
