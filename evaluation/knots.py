"""How sure an answer at hand is, refined by verdicts on answers that were held so highly.

Knows knots and counts. A knot is worth its share of the questions it was fitted on. Needs the
`evaluate` extra.
"""

from collections.abc import Mapping, Sequence

from sklearn.isotonic import IsotonicRegression

from evaluation.posterior import Seen
from search.policy import Knot

_DIGITS = 4


def nearest(knots: Sequence[Knot], held: float) -> int:
    """Return the place of the knot that an answer which is held so highly counts for."""
    return min(range(len(knots)), key=lambda place: abs(knots[place].held - held))


def refined_knots(
    knots: Sequence[Knot], seen: Mapping[int, Seen], questions: float
) -> tuple[Knot, ...]:
    """Return (K,) knots with what was seen of them, by place; they rise as before.

    `questions` are those they were fitted on together.
    """
    if not seen:
        return tuple(knots)
    worth = questions / len(knots)
    counts = [seen.get(place, Seen()) for place in range(len(knots))]
    weights = [worth + one.n for one in counts]
    rates = [
        (worth * knot.accuracy + one.right) / weight
        for knot, one, weight in zip(knots, counts, weights, strict=True)
    ]
    held = [knot.held for knot in knots]
    rise = IsotonicRegression(y_min=0, y_max=1).fit(held, rates, sample_weight=weights)
    return tuple(
        Knot(held=place, accuracy=round(float(rate), _DIGITS))
        for place, rate in zip(held, rise.predict(held), strict=True)
    )
