"""What can go wrong with a sandbox, as classes.

    SandboxError
    ├── NoTier         nothing here isolates a program: nothing may be run
    ├── StartFailed    a sandbox could not be started this time
    └── Busy           as many runs as may be are under way and waiting

A program that fails is no error: it is `wire.Executed`. Knows nothing of HTTP.
"""

from collections.abc import Sequence


class SandboxError(Exception):
    """The root."""


class NoTier(SandboxError):
    """No sandbox that can be trusted can be had on this machine.

    Attributes:
        missing: what does not hold, a sentence each.
        remedy: what would help.
    """

    def __init__(self, missing: Sequence[str], remedy: str) -> None:
        super().__init__(f"no program can be run here: {'; '.join(missing)}. {remedy}")
        self.missing, self.remedy = tuple(missing), remedy


class StartFailed(SandboxError):
    """A sandbox did not start; the message says what it said."""


class Busy(SandboxError):
    """No run can be taken now.

    Attributes:
        seconds: after which to try again.
    """

    def __init__(self, runs: int, waiting: int, seconds: int) -> None:
        super().__init__(f"{runs} programs are running and {waiting} are waiting; try again later")
        self.seconds = seconds
