"""Forms that do to a worker what some real ones do: hang where no alarm is heard, or crash."""

import os
import signal
from pathlib import Path


class Endless(str):
    """Keeps its worker in one call into C; the text, if any, is a FIFO told the worker's number."""

    __slots__ = ()
    __eq__ = str.__eq__

    def __hash__(self) -> int:
        if self:
            Path(self).write_text(str(os.getpid()))
        return sum(range(10**12))


class Deadly(str):
    """Ends the worker that looks at it, as running out of memory in C does."""

    __slots__ = ()
    __eq__ = str.__eq__

    def __hash__(self) -> int:
        os.kill(os.getpid(), signal.SIGABRT)
        return 0
