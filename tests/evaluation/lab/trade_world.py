"""Problems of the exchange, made up."""

from evaluation.lab.trade import Entry, Parameters

PARAMETERS = Parameters(small=100, large=1400, verifier=1000)
"""M is 14, as in the paper."""


def entry(right: int = 2, of: int = 4, *, large: bool = True, name: str = "1+1=?") -> Entry:
    """Return a problem of which so many samples are right, and score high."""
    wrong = of - right
    return Entry(
        question=name,
        truth="2",
        prompt=6,
        answers=("2",) * right + ("3",) * wrong,
        scores=(0.9,) * right + (0.1,) * wrong,
        tokens=10 * of,
        large_right=large,
        large_tokens=20,
    )
