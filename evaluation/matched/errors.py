"""Why runs cannot be compared.

ExchangeError
|- NotAQuantity   a number makes no sense: see `evaluation.exchange`
|- RunUnfit       a run cannot take the part it was given
`- TooFewShared   the runs have too few questions in common
"""

from collections.abc import Mapping
from pathlib import Path

from evaluation.exchange import ExchangeError


class RunUnfit(ExchangeError):
    """The run in the file `path` cannot take the part it was given."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path}: {what}")
        self.path = path


class TooFewShared(ExchangeError):
    """All runs answered only `n` questions, of which there must be `least`."""

    def __init__(self, n: int, least: int, left_out: Mapping[str, int]) -> None:
        why = "".join(f"; {count} {reason}" for reason, count in left_out.items())
        super().__init__(
            f"{n} questions were answered in every run, and at least {least} are needed{why}"
        )
        self.n, self.least, self.left_out = n, least, left_out
