"""What a server of sandboxes gives away at most, whatever it is asked for."""

import os
from dataclasses import dataclass

from sandbox.wire import MEBIBYTE, Limits


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The server's own limits.

    Attributes:
        runs: programs at once.
        queue: requests that wait for one of these to end; further ones are turned away.
        warm: sandboxes that are started before they are wanted.
        seconds: of wall-clock time, a run.
        memory_bytes: of all processes of a run together.
        body_bytes: of a request.
    """

    runs: int = max(2, os.cpu_count() or 2)
    queue: int = 64
    warm: int = max(2, os.cpu_count() or 2)
    seconds: float = 60.0
    memory_bytes: int = 1024 * MEBIBYTE
    body_bytes: int = 32 * MEBIBYTE

    def over(self, limits: Limits) -> Limits:
        """Return the limits of a run, none above ours."""
        return limits.model_copy(
            update={
                "seconds": min(limits.seconds, self.seconds),
                "memory_bytes": min(limits.memory_bytes, self.memory_bytes),
            }
        )
