"""A row of a policy's table with what was seen of its strategies since, and all that follows.

What was measured of strategies that were not seen stays as it is, and so does a bin of which
nothing was. Knows one bin, not who was asked. Needs the `evaluate` extra.
"""

from collections.abc import Mapping, Sequence

from evaluation.outcomes import CannotFit
from evaluation.policy_fit import runners_up
from evaluation.posterior import Seen, normal, prior_size, updated, variance
from search.policy import Entry, Interval, Measured, Option, Row
from search.policy.choice import PLAIN, gains, steps
from search.strategies.base import Strategy

_Pair = tuple[int, int]


def options_of(row: Row) -> list[Option]:
    """Return all that was measured in a bin, each once: first one plain sample."""
    found = [Option(strategy=PLAIN, accuracy=row.plain.accuracy, tokens=row.plain.tokens)]
    for entry in row.entries:
        for option in (entry.best, *entry.runners_up):
            if all(option.strategy != known.strategy for known in found):
                found.append(option)
    return found


def place_of(strategy: Strategy, options: Sequence[Option]) -> int | None:
    """Return the place of what was served, `None` if it was not measured.

    What ends a step is the model's affair where the table does not say it.
    """
    for place, option in enumerate(options):
        left_out = {"step_end"} - option.strategy.model_fields_set
        if option.strategy.model_dump(exclude=left_out) == strategy.model_dump(exclude=left_out):
            return place
    return None


def refined(options: Sequence[Option], seen: Mapping[int, Seen], questions: float) -> list[Option]:
    """Return what was measured with what was seen of it, by place."""
    return [
        Option(**(dict(option) | dict(updated(option, seen[place], questions))))
        if place in seen
        else option
        for place, option in enumerate(options)
    ]


def refined_row(row: Row, seen: Mapping[int, Seen], questions: float) -> Row:
    """Return a row with what was seen, by the place of what it was seen of.

    An entry whose budget no longer pays for anything is left out.

    Raises:
        CannotFit: that is every entry.
    """
    if not seen:
        return row
    old = options_of(row)
    new = refined(old, seen, questions)
    gain, taken = _Gains(row, old, new, seen, questions), 0
    entries: list[Entry] = []
    for entry in row.entries:
        best = _best(new, entry.budget)
        if best is None:
            continue
        by, others = gain.of(best, taken), runners_up(new, best, entry.budget)
        entries.append(
            Entry(**(dict(entry) | {"best": new[best], "gain": by, "runners_up": others}))
        )
        if gains(by) and new[best].accuracy.value > new[taken].accuracy.value:
            taken = best
    if not entries:
        raise CannotFit(f"no strategy can be paid by {row.entries[-1].budget} tokens any more")
    plain = Measured(accuracy=new[0].accuracy, tokens=new[0].tokens)
    return Row(**(dict(row) | {"plain": plain, "entries": tuple(entries)}))


class _Gains:
    """What one strategy is more accurate by than another, with what was seen of either.

    Where the table has the gain of the two on the same questions, they vary together, by the weight
    that the table still has; without it each varies alone, and the interval is the wider for it.
    """

    def __init__(
        self,
        row: Row,
        old: Sequence[Option],
        new: Sequence[Option],
        seen: Mapping[int, Seen],
        questions: float,
    ) -> None:
        self._old, self._new, self._known = old, new, _known(row, old)
        sizes = [prior_size(option.accuracy, questions) for option in old]
        self._weights = [
            size / (size + seen.get(place, Seen()).n) for place, size in enumerate(sizes)
        ]

    def of(self, best: int, taken: int) -> Interval:
        """Return the gain of one over what was taken before."""
        if best == taken:
            return Interval(value=0, low=0, high=0)
        known = self._known.get((best, taken))
        if known is not None and self._weights[best] == self._weights[taken] == 1:
            return known
        one, other = self._new[best].accuracy, self._new[taken].accuracy
        alone = variance(one) + variance(other)
        return normal(one.value - other.value, alone - 2 * self._together(best, taken, known))

    def _together(self, best: int, taken: int, known: Interval | None) -> float:
        if known is None:
            return 0.0
        alone = sum(variance(self._old[place].accuracy) for place in (best, taken))
        covariance = (alone - variance(known)) / 2
        return covariance * self._weights[best] * self._weights[taken]


def _known(row: Row, old: Sequence[Option]) -> dict[_Pair, Interval]:
    """Return the gains in the table, by the places of what gains and of what was taken before."""
    before = [None, *steps(row)[:-1]]
    known: dict[_Pair, Interval] = {}
    for entry, held in zip(row.entries, before, strict=True):
        taken = PLAIN if held is None else held.best.strategy
        pair = place_of(entry.best.strategy, old), place_of(taken, old)
        assert pair[0] is not None
        assert pair[1] is not None
        known[pair[0], pair[1]] = entry.gain
    return known


def _best(options: Sequence[Option], budget: int) -> int | None:
    paid = [place for place, option in enumerate(options) if option.tokens <= budget]
    return max(
        paid,
        key=lambda place: (options[place].accuracy.value, -options[place].tokens),
        default=None,
    )
