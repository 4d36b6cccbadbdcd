"""Which solutions are worth labelling: those that convince a verifier and are wrong.

Source: arXiv:2305.20050, section 4.2. A small process reward model, the selector, scores a pool
of solutions of each question. N of them are chosen: 80 % are the most convincing with a wrong
answer, 20 % the most convincing of the rest, right or wrong.

Differs from the paper: solutions that are the same word for word count once; the paper's rounding
is not known.
"""

import hashlib
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

_WRONG_TENTHS = 8


class Ranked(BaseModel):
    """One solution of the pool by its key, and how convincing the selector of that name finds it.

    `score` is `None` if it would not say, and `reason` is why.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    right: bool
    selector: str
    score: float | None = None
    reason: str | None = None


def select(pool: Sequence[Ranked], n: int, seed: int = 0) -> list[Ranked]:
    """Choose n solutions of one question: first the wrong ones, the most convincing first.

    0.8 n, to the nearest whole number, are wrong ones, if there are so many; the most convincing
    of all that is left fill it up. The order of the pool has no part in it: of equally convincing
    ones, the seed decides.
    """
    scored = {one.key: one for one in pool if one.score is not None}
    ranked = sorted(scored.values(), key=lambda one: (-(one.score or 0), _lot(one, seed)))
    convincing = [one for one in ranked if not one.right][: wrong_of(n)]
    chosen = {one.key for one in convincing}
    rest = [one for one in ranked if one.key not in chosen]
    return convincing + rest[: n - len(convincing)]


def wrong_of(n: int) -> int:
    """Return how many of n are to have a wrong answer; 0.8 n is never half-way between two."""
    return (_WRONG_TENTHS * n + 5) // 10


def _lot(one: Ranked, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}/{one.key}".encode()).digest()
