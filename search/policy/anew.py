"""Deciding anew as a search goes on: is more to be drawn, is a step search to be tried, or neither.

Not in arXiv:2408.03314, which decides once. What going on is worth is taken from the bin's row: the
accuracy that was measured of a strategy, less how sure the answer at hand is, for each token that
it would take from here.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence

from search.advice import Standing
from search.policy.choice import Choice
from search.policy.table import Knot, Option, Row
from search.strategies.base import Strategy


def sure_of(knots: Sequence[Knot], held: float) -> float:
    """Return the accuracy at a point, on straight lines between (K,) knots, flat beyond them."""
    at = bisect_right([knot.held for knot in knots], held)
    if at in (0, len(knots)):
        return knots[min(at, len(knots) - 1)].accuracy
    before, after = knots[at - 1], knots[at]
    share = (held - before.held) / (after.held - before.held)
    return before.accuracy + share * (after.accuracy - before.accuracy)


def going_on(
    row: Row, sure: float, standing: Standing, place: str, able: Callable[[Option], bool]
) -> Choice | None:
    """Return what gains most a token beyond the answer at hand; `None` if nothing gains enough."""
    gaining = [
        option
        for option in row.options
        if able(option)
        and _is_more(option.strategy, standing)
        and option.accuracy.value - sure > standing.least
        and _fits(option, row, standing)
    ]
    if not gaining:
        return None

    def rate(option: Option) -> float:
        return (option.accuracy.value - sure) / taking(option, row, standing)

    chosen, *others = sorted(gaining, key=rate, reverse=True)
    gain = chosen.accuracy.value - sure
    tokens = taking(chosen, row, standing)
    reason = (
        f"{chosen.strategy.kind}: in {place} it is right with {100 * chosen.accuracy.value:.0f} %, "
        f"the answer at hand with {100 * sure:.0f} %: {1e5 * gain / tokens:.1f} points for each "
        "1000 tokens, the most there is"
    )
    return Choice(chosen.strategy, chosen.accuracy, tokens, tuple(others), reason)


def _fits(option: Option, row: Row, standing: Standing) -> bool:
    """Whether it can be paid: a step search as a whole, of whole solutions one more at least."""
    if option.strategy.judges == "steps":
        return taking(option, row, standing) <= standing.left
    return row.plain.tokens <= standing.left


def _is_more(strategy: Strategy, standing: Standing) -> bool:
    """Whether it is anything else than what was drawn already."""
    return strategy.judges == "steps" or strategy.solutions > standing.drawn


def taking(option: Option, row: Row, standing: Standing) -> float:
    """Return the tokens that a strategy takes from here, at least those of a sample.

    Step searches begin anew; the others have what was drawn before.
    """
    known = 0.0 if option.strategy.judges == "steps" else standing.lent
    return max(option.tokens - known, row.plain.tokens)
