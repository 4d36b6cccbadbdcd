"""Choosing from one bin's row what to do with a budget.

More is only spent where it gains: an entry is taken if its accuracy is above that of the one taken
before it and the interval of its gain is above 0. So one plain sample wins ties, then the smaller
budget, and no larger budget is expected to earn less.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log2

from search.policy.table import Entry, Interval, Measured, Option, Row
from search.strategies.base import Strategy
from search.strategies.sample import OneSample

PLAIN = OneSample(n=1)
"""What is done where no search pays."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What to do, what it is expected to come to, and why.

    Attributes:
        strategy: what to do.
        accuracy: P(right) expected of the budget, with its interval; between two budgets of the
            table on a straight line over the logarithm of the budget.
        tokens: what it is expected to cost; never more than the budget.
        runners_up: what was measured of others that the budget can pay, best first.
        reason: why, in a sentence.
        pauses: behind the prompt of all that is drawn.
    """

    strategy: Strategy
    accuracy: Interval
    tokens: float
    runners_up: tuple[Option, ...]
    reason: str
    pauses: int = 0


def anything(_: Option) -> bool:
    """Say of anything that was measured that it can run."""
    return True


def choose(
    row: Row,
    budget_tokens: float,
    place: str,
    able: Callable[[Option], bool] = anything,
    pauses: int = 0,
) -> Choice:
    """Choose for a budget above 0, of what is able to run; `place` names the bin in the reason.

    `pauses` are those of the plain sample.
    """
    row = _without(row, able)
    fitting = [entry for entry in row.entries if entry.budget <= budget_tokens]
    if not fitting:
        return _too_little(row, budget_tokens, pauses)
    taken = steps(row)
    at = taken[len(fitting) - 1]
    accuracy = _expected(row, taken, len(fitting) - 1, budget_tokens)
    shown = (fitting[-1].best, *fitting[-1].runners_up)
    arm = (PLAIN, pauses) if at is None else (at.best.strategy, at.best.pauses)
    others = tuple(option for option in shown if (option.strategy, option.pauses) != arm)
    tokens = (row.plain if at is None else at.best).tokens
    reason = _reason(at, place, budget_tokens)
    return Choice(arm[0], accuracy, min(tokens, budget_tokens), others, reason, arm[1])


def steps(row: Row) -> list[Entry | None]:
    """Return for each budget of a row the entry that is taken, `None` for one plain sample."""
    taken: list[Entry | None] = []
    held: Entry | None = None
    for entry in row.entries:
        if gains(entry.gain) and entry.best.accuracy.value > _measured(row, held).accuracy.value:
            held = entry
        taken.append(held)
    return taken


def gains(gain: Interval) -> bool:
    """Say whether a gain is more than noise."""
    return gain.low > 0


def _without(row: Row, able: Callable[[Option], bool]) -> Row:
    """Return a row with the best of each entry that is able to run, and what it gains there.

    Of a runner-up only the accuracy is known: its gain is taken to be that over what is held, with
    the interval of the best one's, moved.
    """
    if all(able(option) for option in row.options):
        return row
    entries: list[Entry] = []
    for entry in row.entries:
        options = [o for o in (entry.best, *entry.runners_up) if able(o)]
        if options:
            entries.append(_headed(entry, options))
    return row.model_copy(update={"entries": tuple(entries)})


def _headed(entry: Entry, options: Sequence[Option]) -> Entry:
    """Return an entry with the first of these as its best."""
    best, *others = options
    less = entry.best.accuracy.value - best.accuracy.value
    gain = entry.gain
    moved = Interval(low=gain.low - less, value=gain.value - less, high=gain.high - less)
    return Entry(budget=entry.budget, best=best, gain=moved, runners_up=tuple(others))


def _too_little(row: Row, budget_tokens: float, pauses: int) -> Choice:
    accuracy, tokens = row.plain.accuracy, row.plain.tokens
    reason = "one plain sample: nothing else that was measured can run here"
    if row.entries:
        reason = (
            f"one plain sample: {budget_tokens:g} tokens are fewer than {row.entries[0].budget}, "
            "the smallest budget that was measured"
        )
    if budget_tokens < tokens:
        reason += f", and than the {tokens:g} that a sample takes, so that it may be cut"
        accuracy = accuracy.model_copy(update={"low": 0.0})
    return Choice(PLAIN, accuracy, min(tokens, budget_tokens), (), reason, pauses)


def _measured(row: Row, taken: Entry | None) -> Measured:
    return row.plain if taken is None else taken.best


def _expected(row: Row, taken: Sequence[Entry | None], i: int, budget_tokens: float) -> Interval:
    """Return what is expected at a budget from entry i on, before the one after it."""
    here = _measured(row, taken[i]).accuracy
    if i + 1 == len(taken):
        return here
    after = _measured(row, taken[i + 1]).accuracy
    low, high = row.entries[i].budget, row.entries[i + 1].budget
    return between(here, after, log2(budget_tokens / low) / log2(high / low))


def between(one: Interval, other: Interval, share: float) -> Interval:
    """Return what lies this share, from 0 to 1, of the way from one to the other."""
    low, value, high = (
        _line(one.low, other.low, share),
        _line(one.value, other.value, share),
        _line(one.high, other.high, share),
    )
    return Interval(low=min(low, value), value=value, high=max(value, high))


def _line(start: float, end: float, share: float) -> float:
    at = start + (end - start) * share
    return min(max(at, min(start, end)), max(start, end))


def _reason(at: Entry | None, place: str, budget_tokens: float) -> str:
    within = f"within {budget_tokens:g} tokens"
    if at is None:
        return f"one plain sample: in {place} no search {within} gains over it beyond noise"
    gain, m = at.gain, at.best.pauses
    paused = f" with {m} pauses" if m else ""
    return (
        f"{at.best.strategy.kind}{paused}: in {place} it gains {100 * gain.value:.1f} points "
        f"[{100 * gain.low:.1f}, {100 * gain.high:.1f}] over the next cheaper choice, and nothing "
        f"{within} gains more beyond noise"
    )
