"""How hard a question is, as a number and as a bin.

Source: Snell et al. 2024, arXiv:2408.03314, section 3.2; bins as in search-and-learn's
`compute_level`.
    pass@1 over 2,048 samples       -> pass_at_1, the oracle's: needs the right answers
    mean score of their last steps  -> mean_score, the predicted one: needs a verifier
Differs from the paper: `mean_score` of a few samples, `agreement` and `first_token` are cheap
enough to be found out while a question is served, and `prompt` is read from the question alone.

All of them say how easy a question is: `ease` in [0, 1], and difficulty is 1 - ease. Bin 1 is the
easiest. Knows numbers only; who draws and judges samples is not its affair.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from math import exp, isfinite, isnan, log
from typing import Literal, TypeAlias

from search.errors import NotMeasurable

Estimator: TypeAlias = Literal["oracle", "score", "agreement", "first_token", "prompt"]
"""What ease is: `pass_at_1`, `mean_score`, `agreement`, `first_token` or a `Regressor`'s."""

MOST_SAMPLES = 2048
"""Samples that pass@1 is the share of, at most; more are not looked at."""


def pass_at_1(right: Sequence[bool]) -> float:
    """Return the share of right ones among (N,) samples.

    Raises:
        NotMeasurable: there are none.
    """
    looked_at = right[:MOST_SAMPLES]
    if not looked_at:
        raise NotMeasurable("pass@1 of no samples is unknown")
    return sum(looked_at) / len(looked_at)


def mean_score(scores: Sequence[float | None]) -> float | None:
    """Return the mean of the scores of (N,) solutions, `None` if no scorer judged any.

    A solution that was abstained on has the score `None` and no part in it.

    Raises:
        NotMeasurable: a score is not in [0, 1].
    """
    known = [score for score in scores if score is not None]
    wrong = [score for score in known if not 0 <= score <= 1]
    if wrong:
        raise NotMeasurable(f"a score of {wrong[0]} is not in [0, 1]")
    return sum(known) / len(known) if known else None


def agreement(groups: Sequence[int | None]) -> float:
    """Return 1 - H / log N, H the entropy of the answers of (N,) samples: 1 if all are equal.

    `groups` are those of `Answers`. A sample without an answer agrees with none, another without
    one included: such samples count as answers of their own.

    Raises:
        NotMeasurable: there are fewer than two samples.
    """
    n = len(groups)
    if n < 2:  # noqa: PLR2004 - it is what agreeing takes
        raise NotMeasurable(f"agreement takes two samples at least, not {n}")
    answers = Counter(group for group in groups if group is not None)
    alone = groups.count(None)
    entropy = sum(count / n * log(n / count) for count in answers.values()) + alone / n * log(n)
    return min(1.0, max(0.0, 1 - entropy / log(n)))


def first_token(logprobs: Sequence[float]) -> float:
    """Return the mean probability of the first tokens of (N,) samples.

    Raises:
        NotMeasurable: there are none, or one is not a number.
    """
    if not logprobs or any(isnan(number) for number in logprobs):
        raise NotMeasurable("the probabilities of first tokens are not known")
    # Servers round: a certain token's log-probability can be a hair above 0.
    return sum(exp(min(0.0, number)) for number in logprobs) / len(logprobs)


def quantile_edges(eases: Sequence[float], bins: int = 5) -> tuple[float, ...]:
    """Return the `bins` - 1 edges that part (N,) questions into equal parts, rising.

    They are quantiles with straight lines between the values, as NumPy's. With fewer distinct
    values than bins some are equal, and the bins between those are empty.

    Raises:
        NotMeasurable: there are no values, or one is not finite.
    """
    if bins < 1:
        raise NotMeasurable(f"questions cannot be put into {bins} bins")
    if not eases or not all(map(isfinite, eases)):
        raise NotMeasurable("edges are of finite numbers, one at least")
    rising = sorted(eases)
    return tuple(_quantile(rising, part, bins) for part in range(1, bins))


def _quantile(rising: Sequence[float], part: int, parts: int) -> float:
    below, rest = divmod(part * (len(rising) - 1), parts)
    low, high = rising[below], rising[min(below + 1, len(rising) - 1)]
    return min(high, low + (high - low) * (rest / parts))


def bin_of(ease: float, edges: Sequence[float]) -> int:
    """Return the bin of a question, from 1, the easiest, to the number of edges + 1.

    Each edge that the ease is strictly below makes it one bin harder, so an ease at an edge is in
    the easier of its two bins.

    Raises:
        NotMeasurable: the ease is not a number.
    """
    if isnan(ease):
        raise NotMeasurable("an ease that is not a number is in no bin")
    return 1 + len(edges) - bisect_right(edges, ease)


def filled_edges(
    edges: Sequence[float], eases: Sequence[float], least: int = 1
) -> tuple[float, ...]:
    """Leave out edges, so that each bin that remains holds `least` of (N,) questions or more."""
    rising = sorted(eases)
    kept: list[float] = []
    below = 0
    for edge in edges:
        here = sum(ease < edge for ease in rising)
        if here - below >= least and len(rising) - here >= least:
            kept.append(edge)
            below = here
    return tuple(kept)
