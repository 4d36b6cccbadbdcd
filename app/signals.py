"""Signals that end the process, held back until what it holds open is closed."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def held_back(*numbers: signal.Signals) -> Iterator[None]:
    """Let signals that come meanwhile do what they do only at the end. For the main thread."""
    came: list[int] = []
    before = {number: signal.signal(number, lambda n, _: came.append(n)) for number in numbers}
    try:
        yield
    finally:
        for number, does in before.items():
            signal.signal(number, does)
        for caught in came:
            signal.raise_signal(caught)
